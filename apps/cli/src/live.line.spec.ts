import { Console } from 'node:console';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { lineOf } from './batch.watch.js';
import { LiveLine } from './live.line.js';
import { within } from './surroundings.js';

/** What a line that is shown thrice writes to standard output, and beside it. */
async function shown(isTTY: boolean, columns = 20) {
  const [stdout, stderr] = [Object.assign(new PassThrough(), { isTTY, columns }), new PassThrough()];
  await within(
    { env: {}, stdin: Readable.from([]), stdout, console: new Console({ stdout, stderr }) },
    async () => {
      const line = new LiveLine();
      line.show('running', 'one of many rows of a batch');
      line.show('running', 'two\nand a second line of it');
      line.show('paused', 'held\x1b[2J');
      line.end();
      await Promise.resolve();
    },
  );
  return { out: String(stdout.read() ?? ''), beside: String(stderr.read() ?? '') };
}

describe('a line that says how something goes on', () => {
  it('is written over itself on a screen, a second one too, never longer than that is wide, and steers nothing', async () => {
    expect(await shown(true)).toEqual({
      out: '\r\x1b[Jone of many rows of\r\x1b[Jtwo\nand a second line o\x1b[1A\r\x1b[Jheld [2J\n',
      beside: '',
    });
  });

  it('elsewhere is said beside what scripts read, now and then, and at once where it is about another thing', async () => {
    expect(await shown(false)).toEqual({ out: '', beside: 'one of many rows of a batch\nheld [2J\n' });
  });
});

it('a batch that runs is shown by a bar, its rate, the time that remains, and what became of its mails', () => {
  const counts = { told: 20, waiting: 4, failed: 1, uncertain: 0 };
  expect(lineOf({ applied: 25, left: 75, counts }, { rate: 0.5, remaining: 150 })).toBe(
    '████              25 %, 25 of 100 rows, 0.5 a second, 3 min left\n20 told, 4 on their way, 1 failed, 0 uncertain',
  );
  expect(lineOf({ applied: 0, left: 0, counts }, { rate: undefined, remaining: undefined })).toBe(
    '                   0 %, 0 of 0 rows\n20 told, 4 on their way, 1 failed, 0 uncertain',
  );
  const millions = { told: 987_654, waiting: 1, failed: 12_345, uncertain: 0 };
  const line = lineOf({ applied: 1, left: 999_999, counts: millions }, { rate: 12_500, remaining: 40_000 });
  for (const each of line.split('\n')) expect(each.length).toBeLessThan(80);
  expect(line).toContain('987654 told, 1 on its way, 12345 failed');
});
