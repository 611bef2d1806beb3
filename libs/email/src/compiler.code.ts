import { codeHash } from '#libs/platform/index.js';

/**
 * Changes when the same templates may come to something else. What is built has no sources to look at: the build puts the
 * hash itself in the place of this module.
 */
export function compilerCode(): string {
  return codeHash(import.meta.dirname, ['ajv', 'ajv-formats', 'handlebars', 'mjml']);
}
