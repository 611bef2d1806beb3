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
      line.show('running', 'two');
      line.show('paused', 'held\x1b[2J');
      line.end();
      await Promise.resolve();
    },
  );
  return { out: String(stdout.read() ?? ''), beside: String(stderr.read() ?? '') };
}

describe('a line that says how something goes on', () => {
  it('is written over itself on a screen, never longer than that is wide, and steers nothing', async () => {
    expect(await shown(true)).toEqual({
      out: '\r\x1b[Kone of many rows of\r\x1b[Ktwo\r\x1b[Kheld [2J\n',
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
    '██████                    25 %, 25 of 100 rows, 0.5 a second, 3 min left; 20 told, 4 on their way, 1 failed, 0 uncertain',
  );
  expect(lineOf({ applied: 0, left: 0, counts }, { rate: undefined, remaining: undefined })).toBe(
    '                           0 %, 0 of 0 rows; 20 told, 4 on their way, 1 failed, 0 uncertain',
  );
});
