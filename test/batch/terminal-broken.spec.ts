import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { aBatch, aFailed, seenBatch } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { aName } from '../support/make.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';
import { receipt, receiptProcess } from '../support/terminal.js';

let stack: Stack;
let settings: Record<string, string>;
let folder: string;
beforeAll(async () => {
  stack = await Stack.start('batch-terminal-broken');
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS };
  folder = mkdtempSync(join(runFolder(), 'broken-'));
});

const RUN = ['batch', 'run', '--action', 'error-resolved', '--reason', 'a test'];

function aFile(content: string | Uint8Array): string {
  const file = join(folder, `${aName().taxReturnId}.csv`);
  writeFileSync(file, content);
  return file;
}

/** What is kept of lists that nothing can be run of. */
async function kept() {
  const [rows] = await stack.sql<{ rows: number }>('SELECT count(*)::int AS rows FROM batch_rows');
  const states = await stack.sql<{ state: string }>('SELECT DISTINCT state FROM batches');
  return { rows: rows?.rows, states: states.map(({ state }) => state) };
}

const manyIds = (many: number) => `${aName().taxReturnId}\n`.repeat(many);

describe('a list that is none', () => {
  it.each<[what: string, words: string, () => string]>([
    ['that is not there', 'no such file', () => join(folder, 'none.csv')],
    ['that is a folder', 'it is a folder', () => folder],
    ['that is empty', 'The list has no row.', () => aFile('')],
    ['of blanks alone', 'The list has no row.', () => aFile('\ufeff\r\n \r\n')],
    ['of no id', 'None of the 2 rows of the list holds an id.', () => aFile('one\ntwo\n')],
    ['that is a workbook', 'a zip archive or a workbook', () => aFile(Buffer.from([0x50, 0x4b, 3, 4, 20, 0]))],
    ['that is compressed', 'compressed by gzip', () => aFile(gzipSync(manyIds(3)))],
    ['that is a program', 'bytes that no text has', () => aFile(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]))],
    ['that becomes binary behind much that is a list', 'bytes that no text has', () => aFile(`${manyIds(4_000)}\0\0`)],
    ['of one line of a hundred million characters', 'Line 1 is longer than any row of ids', () => aFile('a'.repeat(1e8))],
    ['with such a line behind much that is a list', 'Line 4001 is longer', () => aFile(`${manyIds(4_000)}${'a'.repeat(1e8)}`)],
    ['with two columns of ids', 'Several columns hold ids', () => aFile(`${aName().taxReturnId},${aName().taxReturnId}`)],
  ])('%s is refused with a sentence, and nothing of it is kept', async (_what, words, make) => {
    const said = await receipt([...RUN, make()], settings);
    expect(said).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    expect(said.stderr).not.toMatch(/^ +at /m);
    expect(await kept()).toMatchObject({ rows: 0 });
    expect((await kept()).states.filter((state) => state !== 'refused')).toEqual([]);
  }); // prettier-ignore

  it('on standard input is refused as well', async () => {
    expect(await receiptProcess([...RUN, '-'], settings)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The list has no row.'),
    });
  });
});

/** A terminal of its own, in whose keyboard the test sits. */
class Terminal {
  said = '';
  readonly ended: Promise<number | null>;
  readonly process: ChildProcessWithoutNullStreams;

  constructor(args: string[]) {
    this.process = spawn(process.execPath, ['dist/apps/cli/src/main.js', ...args], {
      env: { PATH: process.env.PATH, ...settings },
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (words: Buffer) => (this.said += words.toString()));
    this.ended = new Promise((resolve) => this.process.once('close', resolve));
  }
}

it('a terminal that is killed while it reads leaves a batch that nothing is run of', async () => {
  const { taxReturnId } = await aFailed(stack);
  const terminal = new Terminal([...RUN, '-']);
  terminal.process.stdin.write(`${taxReturnId}\n${manyIds(5_000)}`);
  await eventually(async () => ((await kept()).rows ?? 0) > 0, { because: 'rows of a list that is read' });
  terminal.process.kill('SIGKILL');
  await terminal.ended;
  const [batch] = await stack.sql<{ id: string }>(
    // As if it had been a while ago.
    `UPDATE batches SET lease_until = now() WHERE state = 'validating' RETURNING id`,
  );
  const seen = await seenBatch(stack, batch?.id ?? '', ({ state }) => state !== 'validating', 'its end');
  expect(seen).toMatchObject({ state: 'refused', reason: 'broken-off' });
  expect((await kept()).rows).toBe(0);
  const { stdout } = await receipt(['batch', 'show', seen.id], settings);
  expect(stdout).toContain(
    'The terminal ended before the last row was read. Call it again with the same list.',
  );
});

it('whoever watches may leave by Ctrl-C, and the batch stays as it is', async () => {
  const { taxReturnId } = await aFailed(stack);
  const { id } = await aBatch(stack, taxReturnId);
  const terminal = new Terminal(['batch', 'watch', id, '--results', folder]);
  await eventually(() => terminal.said.includes('Nothing is sent until somebody starts it.'), {
    because: 'a terminal that watches',
  });
  terminal.process.kill('SIGINT');
  expect(await terminal.ended).toBe(1);
  expect(terminal.said).toContain(`You left it, and it goes on: receipt batch watch ${id}`);
  expect(readFileSync(join(folder, `${id}.results.csv`), 'utf8')).toMatch(
    new RegExp(`^row,.+\r\n1,${taxReturnId},ready,,,\r\n$`),
  );
  expect(await seenBatch(stack, id, () => true, 'it')).toMatchObject({ state: 'validated', applied: 0 });
});
