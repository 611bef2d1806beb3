import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StatusStream } from './status.stream.js';

/** More than the system takes for a caller who reads nothing. */
const STATES = 400;
const LARGE = 'x'.repeat(64 * 1024);

let server: Server;
let response: ServerResponse;
let caller: IncomingMessage;
let stream: StatusStream;
beforeEach(async () => {
  server = createServer((_request, answer) => {
    response = answer;
    stream = new StatusStream(answer);
    stream.begin(state(0), undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const asked = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  [caller] = (await once(asked, 'response')) as [IncomingMessage];
  caller.on('error', () => undefined);
});
afterEach(() => {
  caller.destroy();
  server.close();
});

const state = (revision: number) => ({
  revision: BigInt(revision),
  tag: `"1-${revision}"`,
  text: `id: ${revision}\ndata: ${LARGE}\n\n`,
});

/** Tells of state after state; nobody reads. @returns the most that waited in this process. */
async function tellOfAll(): Promise<number> {
  let most = 0;
  for (let revision = 1; revision <= STATES; revision += 1) {
    stream.offer(state(revision));
    most = Math.max(most, response.writableLength);
    await nextTurn();
  }
  return most;
}

describe('a caller who reads nothing', () => {
  it('costs the memory of one state, and sees the newest next when they read again', async () => {
    expect(await tellOfAll()).toBeLessThan(2 * LARGE.length);
    expect(response.writableLength).toBeGreaterThan(0);
    const read = text(caller);
    stream.offer(state(STATES + 1));
    await new Promise<void>((resolve) => {
      const isTaken = () => (response.writableLength === 0 ? resolve() : setTimeout(isTaken, 10));
      isTaken();
    });
    stream.end();
    const seen = [...(await read).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(STATES + 1);
    expect(seen.length).toBeLessThan(STATES);
  });

  it('holds up nobody who wants to end', async () => {
    await tellOfAll();
    stream.end();
    await once(response, 'close');
    await expect(text(caller)).rejects.toThrow('aborted');
  });
});

it('an older state that comes late is not told', async () => {
  const read = text(caller);
  for (const revision of [2, 1, 2, 3]) {
    stream.offer(state(revision));
    while (response.writableLength > 0) await nextTurn();
    await nextTurn();
  }
  stream.end();
  expect([...(await read).matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(['0', '2', '3']);
});
