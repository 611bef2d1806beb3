import { request } from 'node:http';
import { setInterval } from 'node:timers';
import { beforeAll, expect, it } from 'vitest';
import type { ApiProcess } from '../support/api.process.js';
import { eventually } from '../support/eventually.js';
import { proved } from '../support/proved.js';
import { queueBackends } from '../support/servers.js';
import { lines } from '../support/sizes.js';
import { Stack } from '../support/stack.js';

const { all, part, blanks } = lines;
/** Lines that are written at once. */
const BLOCK = 250;
/** Bytes that a process of this kind may hold more at all lines than at a part of them. */
const ROOM = 96 * 1024 * 1024;

let stack: Stack;
let api: ApiProcess;
beforeAll(async () => {
  // The faster of the two stores of jobs: this is about the way in.
  stack = await Stack.start('lines', { worker: false, backend: queueBackends().at(-1) });
  // A heap that would not hold the stream: whoever gathers it dies.
  api = await stack.startApi({ NODE_OPTIONS: '--max-old-space-size=128' }).ready();
});

/** Line `index` of an upload, always the same. */
function line(index: number): string {
  const taxReturnId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const asked = { taxReturnId, template: 'reminder-state', occurrence: 'spring', context: { state: 'MA' } };
  return `${JSON.stringify(asked)}${' '.repeat(blanks)}\n`;
}

interface Upload {
  /** What the last line says; undefined when the answer broke off. */
  outcomes?: Record<string, number>;
  answered: number;
  /** Bytes of memory that the API held at most. */
  peak: number;
}

/** Sends lines no faster than they are taken; breaks off when `breakAfter` of them were answered. */
async function upload(count: number, breakAfter = Infinity): Promise<Upload> {
  const result: Upload = { answered: 0, peak: api.memory() };
  const watch = setInterval(() => (result.peak = Math.max(result.peak, api.memory())), 50);
  const call = request(`${api.url}/v1/notifications`, {
    method: 'POST',
    headers: { ...api.authorization(), 'content-type': 'application/x-ndjson', 'idempotency-key': 'spring' },
  });
  const ended = new Promise<void>((resolve) => {
    call.on('error', () => resolve());
    call.on('response', (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const read = (rest + text).split('\n');
        rest = read.pop() ?? '';
        result.answered += read.length;
        const last = read.at(-1);
        if (last?.startsWith('{"lines"')) Object.assign(result, JSON.parse(last));
        if (result.answered >= breakAfter) call.destroy();
      });
      response.on('error', () => resolve());
      response.on('close', () => resolve());
    });
  });
  for (let index = 0; index < count && !call.destroyed; index += BLOCK) {
    // It is a stream: what has come is answered although more is to come.
    if (index + BLOCK >= count)
      await eventually(() => result.answered > 0 || call.destroyed, { because: 'the first answers' });
    const block = Array.from({ length: Math.min(BLOCK, count - index) }, (_, place) => line(index + place));
    if (!call.write(block.join('')) && !call.destroyed)
      await Promise.race([new Promise((resolve) => call.once('drain', resolve)), ended]);
  }
  if (!call.destroyed) call.end();
  await ended;
  clearInterval(watch);
  return result;
}

it(`${all} notifications are taken as a stream, once, in memory that does not grow; broken off they are sent again`, async () => {
  const broken = await upload(all, part);
  expect(broken.outcomes).toBeUndefined();
  const whole = await upload(all);
  expect(whole.answered).toBe(all + 1);
  expect(whole.outcomes?.existing).toBeGreaterThanOrEqual(part - 1);
  expect((whole.outcomes?.existing ?? 0) + (whole.outcomes?.created ?? 0)).toBe(all);
  expect(
    await stack.sql(
      'SELECT count(*)::int AS rows, count(DISTINCT tax_return_id)::int AS returns FROM notifications',
    ),
  ).toEqual([{ rows: all, returns: all }]);
  expect(whole.peak - broken.peak).toBeLessThan(ROOM);
  proved(
    `Lines: of ${all} in one upload, broken off at ${part} and sent again, ${all} are kept once, lost 0, doubled 0; the API ` +
      `held ${inMebibytes(broken.peak)} at the break and ${inMebibytes(whole.peak)} at the end.`,
  );
});

function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
