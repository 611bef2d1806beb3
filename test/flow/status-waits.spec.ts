import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { StatusPlaces } from '#apps/api/src/returns/status.places.js';
import { StatusService } from '#libs/notifications/index.js';
import { REVISIONS } from '../../libs/notifications/src/returns/return.watch.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn, type MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('status-waits', {
    worker: false,
    settings: { STATUS_WAIT: '50s', STATUS_STREAMS_PER_KEY: '3' },
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const waysOf = ({ taxReturnId, submissionId }: MadeReturn) => [
  `/v1/tax-returns/${taxReturnId}/status`,
  `/v1/submissions/${submissionId}/status`,
];
const say = ({ taxReturnId, submissionId }: MadeReturn, status: string) =>
  stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status });
const tagOf = async (path: string) => (await stack.api('GET', path)).headers.get('etag') ?? '';

async function ask(path: string, tag: string | undefined, prefer: string) {
  const { status, headers } = await stack.api('GET', path, undefined, {
    prefer,
    ...(tag === undefined ? {} : { 'if-none-match': tag }),
  });
  return [status, headers.get('preference-applied')];
}

/** Waits until somebody waits. */
async function somebodyWaits(count = 1): Promise<void> {
  const places = stack.app.get(StatusPlaces);
  await eventually(() => places.inUse === count, { because: `${count} who wait` });
}

describe('Prefer: wait', () => {
  it('is answered when there is another answer, by the return and by its submission', async () => {
    const owner = await aReturn(stack);
    const waiting = await Promise.all(waysOf(owner).map(async (path) => ({ path, tag: await tagOf(path) })));
    const answers = waiting.map(({ path, tag }) => ask(path, tag, 'respond-async, wait=40'));
    await somebodyWaits(2);
    await say(owner, 'accepted');
    expect(await Promise.all(answers)).toEqual([
      [200, 'wait=40'],
      [200, 'wait=40'],
    ]);
    await somebodyWaits(0);
  });

  it('is answered at its end, when nothing has changed; it waits no longer than the settings let it', async () => {
    const owner = await aReturn(stack);
    const [path = ''] = waysOf(owner);
    const tag = await tagOf(path);
    expect(await ask(path, tag, 'wait=1')).toEqual([304, 'wait=1']);
    expect(await ask(path, tag, 'wait="1"; why=not')).toEqual([304, 'wait=1']);
    const long = ask(path, tag, 'wait=86400');
    await somebodyWaits();
    await say(owner, 'accepted');
    expect(await long).toEqual([200, 'wait=50']);
  });

  it('waits for nothing where there is an answer to give, or nothing to wait for', async () => {
    const owner = await aReturn(stack);
    for (const path of waysOf(owner)) {
      expect(await ask(path, undefined, 'wait=40')).toEqual([200, null]);
      expect(await ask(path, '"1-0"', 'wait=40')).toEqual([200, 'wait=40']);
      for (const other of ['wait', 'wait=soon', 'wait=-1', 'await=9', 'return=minimal'])
        expect([other, ...(await ask(path, await tagOf(path), other))]).toEqual([other, 304, null]);
    }
    for (const path of waysOf(aName())) expect((await ask(path, '"1-1"', 'wait=40'))[0]).toBe(404);
  });

  it('hears what was committed between the look and the waiting', async () => {
    const owner = await aReturn(stack);
    const [path = ''] = waysOf(owner);
    const tag = await tagOf(path);
    const statuses = stack.app.get(StatusService, { strict: false });
    const read = statuses.revisionOf.bind(statuses);
    vi.spyOn(statuses, 'revisionOf').mockImplementationOnce(async (id) => {
      const before = await read(id);
      // By nobody who could tell it.
      await stack.sql('UPDATE tax_returns SET revision = revision + 1 WHERE id = $1', [id]);
      return before;
    });
    // No look finds it either.
    vi.spyOn(REVISIONS, 'run').mockResolvedValue([]);
    expect(await ask(path, tag, 'wait=40')).toEqual([200, 'wait=40']);
  });

  it('is no reason to refuse a call: where too many wait, the answer comes at once', async () => {
    const owner = await aReturn(stack);
    const [path = ''] = waysOf(owner);
    const tag = await tagOf(path);
    const waiting = [1, 2, 3].map(() => ask(path, tag, 'wait=40'));
    await somebodyWaits(3);
    expect(await ask(path, tag, 'wait=40')).toEqual([304, null]);
    await say(owner, 'accepted');
    await Promise.all(waiting);
  });

  it('is forgotten when the caller has gone', async () => {
    const owner = await aReturn(stack);
    const [path = ''] = waysOf(owner);
    const leaving = new AbortController();
    const call = fetch(`${await stack.app.getUrl()}${path}`, {
      headers: {
        authorization: `Bearer ${stack.environment.API_KEY}`,
        prefer: 'wait=40',
        'if-none-match': await tagOf(path),
      },
      signal: leaving.signal,
    }).catch(() => undefined);
    await somebodyWaits();
    leaving.abort();
    await call;
    await somebodyWaits(0);
  });
});
