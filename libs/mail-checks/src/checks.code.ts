import { compilerCode } from '#libs/email/index.js';
import { codeHash, keyOf } from '#libs/platform/index.js';

const PACKAGES = ['axe-core', 'caniemail', 'cheerio', 'jsdom', 'postcss', 'syllable'];

/**
 * Changes when the same values may be judged otherwise: by the checks, or since another mail is made of them. What is built has no
 * sources to look at: the build puts the hash itself in the place of this module.
 */
export function checksCode(): string {
  return keyOf(compilerCode(), codeHash(import.meta.dirname, PACKAGES));
}
