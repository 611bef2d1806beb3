import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const RUNBOOKS = 'docs/runbooks';

/** What a page has people call `receipt` with, line by line, and in the text. */
export function commandsOf(page: string): string[][] {
  const text = readFileSync(join(RUNBOOKS, page), 'utf8');
  const lines = [...text.matchAll(/^receipt (.+)$/gm)];
  const inText = [...text.matchAll(/`receipt ([^`]+)`/g)];
  return [...lines, ...inText].map(([, words = '']) => argumentsOf(words));
}

/** As a shell takes them. */
function argumentsOf(words: string): string[] {
  return [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

const LOOKS = ['status', 'list', 'audit', 'call-backs', 'suppressions', 'batch list', 'quarantine list'];

/** Whether it can be called as it stands, and changes nothing: it only looks, and names nothing that is to be filled in. */
export function isHarmless(args: string[]): boolean {
  const [command = '', sub = ''] = args;
  const looks = LOOKS.includes(command) || LOOKS.includes(`${command} ${sub}`) || args.includes('--dry-run');
  return looks && !args.some((word) => /^[A-Z_]{2,}( |$)/.test(word));
}
