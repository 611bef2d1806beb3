import { request } from 'node:http';
import { setInterval } from 'node:timers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiProcess } from '../support/api.process.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';

const ALL = 100_000;
const PART = 20_000;
/** Bytes that a process of this kind may hold more at a hundred thousand lines than at twenty thousand. */
const ROOM = 96 * 1024 * 1024;

let stack: Stack;
let api: ApiProcess;
beforeAll(async () => {
  // The faster of the two stores of jobs: this is about the way in.
  stack = await Stack.start('lines', { worker: false, backend: queueBackends().at(-1) });
  // A heap that would not hold the stream: whoever gathers it dies.
  api = await stack.startApi({ NODE_OPTIONS: '--max-old-space-size=128' }).ready();
});
afterAll(() => stack.stop());

/** Line `index` of an upload, always the same. */
function line(index: number): string {
  const taxReturnId = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return `${JSON.stringify({ taxReturnId, template: 'reminder-state', occurrence: 'spring', context: { state: 'MA' } })}\n`;
}

interface Upload {
  /** What the last line says; undefined when the answer broke off. */
  outcomes?: Record<string, number>;
  answered: number;
  /** Bytes of memory that the API held at most. */
  peak: number;
}

/** Sends lines no faster than they are taken; breaks off when `breakAfter` of them were answered. */
async function upload(lines: number, breakAfter = Infinity): Promise<Upload> {
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
  for (let index = 0; index < lines && !call.destroyed; index += 250) {
    const block = Array.from({ length: Math.min(250, lines - index) }, (_, place) => line(index + place));
    if (!call.write(block.join('')) && !call.destroyed)
      await Promise.race([new Promise((resolve) => call.once('drain', resolve)), ended]);
  }
  if (!call.destroyed) call.end();
  await ended;
  clearInterval(watch);
  return result;
}

it('a hundred thousand notifications are taken as a stream, once, in memory that does not grow; broken off they are sent again', async () => {
  const part = await upload(ALL, PART);
  expect(part.outcomes).toBeUndefined();
  const whole = await upload(ALL);
  expect(whole.answered).toBe(ALL + 1);
  expect(whole.outcomes?.existing).toBeGreaterThanOrEqual(PART - 1);
  expect((whole.outcomes?.existing ?? 0) + (whole.outcomes?.created ?? 0)).toBe(ALL);
  expect(
    await stack.sql(
      'SELECT count(*)::int AS rows, count(DISTINCT tax_return_id)::int AS returns FROM notifications',
    ),
  ).toEqual([{ rows: ALL, returns: ALL }]);
  process.stdout.write(
    `API memory: ${Math.round(part.peak / 2 ** 20)} MiB at ${PART} lines, ${Math.round(whole.peak / 2 ** 20)} MiB at ${ALL}\n`,
  );
  expect(whole.peak - part.peak).toBeLessThan(ROOM);
}, 300_000);
