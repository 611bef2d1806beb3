import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** Where a line is made of words that stand elsewhere: which those are. */
const SAID_ELSEWHERE: Record<string, string[]> = {
  'apps/worker/src/repeating.timer.ts': sourcesIn('apps/worker/src')
    .filter((file) => file.endsWith('.timer.ts'))
    .flatMap((file) => matchesIn(file, /super\([^']*'([^']+)',?\s*\)/g)),
  'libs/platform/src/servers.prepare.ts': matchesIn(
    'libs/platform/src/redis.check.ts',
    /`\$\{place\} (keeps [^`]+)`/g,
  ),
};

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => file.endsWith('.ts'));
}

function matchesIn(file: string, pattern: RegExp): string[] {
  return [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, words = '']) => words);
}

const LOUD = /^(warn|error|fatal)$/;

/** The words of each warning and error that the sources log, with where. */
function loudLines(): { file: string; words: string[] }[] {
  const files = ['apps', 'libs']
    .flatMap(sourcesIn)
    .filter((file) => !/\.spec\.ts$|\/generated\/|platform\/src\/logger\.ts$/.test(file));
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const found: { file: string; words: string[] }[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && isLoud(node.expression))
        found.push({ file, words: wordsOf(node.arguments[0]) });
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

function isLoud(callee: ts.Expression): boolean {
  if (!ts.isPropertyAccessExpression(callee) && !ts.isElementAccessExpression(callee)) return false;
  if (!/(^|\.)logger$/.test(callee.expression.getText())) return false;
  return ts.isPropertyAccessExpression(callee)
    ? LOUD.test(callee.name.text)
    : textsIn(callee.argumentExpression).some((text) => LOUD.test(text));
}

/** Of an object, those of its member `message`. */
function wordsOf(said: ts.Node | undefined): string[] {
  if (!said) return [];
  if (!ts.isObjectLiteralExpression(said)) return textsIn(said);
  const message = said.properties.find((member) => member.name?.getText() === 'message');
  return message && ts.isPropertyAssignment(message) ? textsIn(message.initializer) : [];
}

function textsIn(node: ts.Node): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isConditionalExpression(node)) return [...textsIn(node.whenTrue), ...textsIn(node.whenFalse)];
  return [];
}

describe('docs/logs.md', () => {
  const page = readFileSync('docs/logs.md', 'utf8');
  const rows = [...page.matchAll(/^\| `([^`]+)` +\| (.+?) +\| (.+?) +\|$/gm)].map(([, words = '']) => words);
  const lines = loudLines();

  it('finds the words of every line that warns or says an error', () => {
    expect(lines.length).toBeGreaterThan(30);
    const wordless = lines.filter(({ words }) => words.length === 0).map(({ file }) => file);
    expect(wordless.toSorted()).toEqual(Object.keys(SAID_ELSEWHERE).toSorted());
    expect(Object.values(SAID_ELSEWHERE).every((words) => words.length > 0)).toBe(true);
  });

  it('says of each what it means and what to do, and of no other', () => {
    const said = [...lines.flatMap(({ words }) => words), ...Object.values(SAID_ELSEWHERE).flat()];
    const asCode = said.map((words) => words.replaceAll('`', ''));
    expect(rows.toSorted()).toEqual([...new Set(asCode)].toSorted());
  });
});
