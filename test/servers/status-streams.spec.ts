import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { ApiProcess } from '../support/api.process.js';
import { EventStream, revisionIn } from '../support/event.stream.js';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted, type MadeReturn } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { proved } from '../support/proved.js';
import { statusStreams } from '../support/sizes.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let apis: ApiProcess[];
beforeAll(async () => {
  stack = await Stack.start('status-streams-apart', { worker: false, settings: { STATUS_HEARTBEAT: '1s' } });
  apis = await startTwo();
});

const startTwo = () => Promise.all([stack.startApi(), stack.startApi()].map((api) => api.ready()));
const pathOf = ({ taxReturnId }: MadeReturn) => `/v1/tax-returns/${taxReturnId}/status`;

function listen(owner: MadeReturn, at: number, after?: string): Promise<EventStream> {
  const api = apis[at % apis.length];
  return EventStream.open(`${api?.url}${pathOf(owner)}/events`, {
    ...api?.authorization(),
    ...(after === undefined ? {} : { 'last-event-id': after }),
  });
}

async function say({ taxReturnId, submissionId }: MadeReturn, status: string, at: number): Promise<void> {
  const message = { taxReturnId, submissionId, status };
  const answer = await apis[at % apis.length]?.call('POST', '/v1/submission-status', message);
  expect(answer?.status).toBe(202);
}

const revisionOf = async ({ taxReturnId }: MadeReturn) => {
  const [row] = await stack.sql<{ revision: number }>(
    'SELECT revision::int AS revision FROM tax_returns WHERE id = $1',
    [taxReturnId],
  );
  return row?.revision;
};

async function hasHeardAll(stream: EventStream, owner: MadeReturn): Promise<void> {
  await eventually(async () => revisionIn(stream.last ?? '') === (await revisionOf(owner)), {
    because: 'the newest state on a stream',
  });
}

/** Cuts the connections on which processes hear of what others have committed. */
const cut = () =>
  stack.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'return-receipt changes' AND datname = current_database()`,
  );

describe('streams of two API processes', () => {
  it('are told of what the other process commits, and a worker, however many listen', async () => {
    const owners = await manyReturns(stack, 20);
    const streams = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const owner = owners[n % 20] as MadeReturn;
        return { owner, stream: await listen(owner, n) };
      }),
    );
    const worker = await stack.startWorker().ready();
    await stack.putAll('confirmation', owners.slice(10).map(submitted));
    await Promise.all(owners.slice(0, 10).map((owner, n) => say(owner, 'accepted', n)));
    for (const { owner, stream } of streams) {
      await eventually(async () => (await revisionOf(owner)) !== 0, { because: 'a change of each return' });
      await hasHeardAll(stream, owner);
    }
    await worker.terminate();
    for (const { stream } of streams) stream.hangUp();
  });

  it('are told of what a worker has committed that died before it told anybody', async () => {
    const owner = await aReturn(stack);
    const stream = await listen(owner, 0);
    await stream.hears(1);
    const session = await stack.session();
    const told: string[] = [];
    session.on('notification', ({ payload = '' }) => told.push(payload));
    await session.query('LISTEN return_changes');

    const worker = stack.startWorker({ crashAfter: 'recorded' });
    await stack.put('confirmation', submitted(owner));
    expect(await worker.ended).toEqual({ code: null, signal: 'SIGKILL' });
    await stream.hears(2);
    await session.query('UNLISTEN *');
    session.release();
    expect(told.filter((payload) => payload.includes(owner.taxReturnId))).toEqual([]);
    await hasHeardAll(stream, owner);
  });

  it('miss nothing and never go back, whatever comes, goes, changes, is told by nobody or is cut, in any order', async () => {
    const { runs, steps } = statusStreams;
    const place = fc.nat(2);
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constantFrom('say' as const, 'keep silent' as const), place }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constantFrom('come' as const, 'go' as const), place: fc.nat(5) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), place }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: steps, maxLength: 2 * steps }), async (all) => {
        const owners = await manyReturns(stack, 3);
        const listeners = Array.from({ length: 6 }, (_, n) => new Listener(owners[n % 3] as MadeReturn, n));
        const changes: Promise<unknown>[] = [];
        for (const [n, { kind, place }] of all.entries()) {
          const owner = owners[place % 3] as MadeReturn;
          if (kind === 'say') changes.push(say(owner, 'error_mef', n));
          if (kind === 'keep silent') changes.push(changeSilently(owner));
          if (kind === 'cut') changes.push(cut());
          if (kind === 'come') await listeners[place]?.come();
          if (kind === 'go') listeners[place]?.go();
        }
        await Promise.all(listeners.map((listener) => listener.come()));
        await Promise.all(changes);
        for (const listener of listeners) await listener.hasTheNewest();
      }),
      { numRuns: runs },
    );
    proved(
      `Streams of statuses: ${runs} stories of ${steps} steps and more ended with the newest state on all streams.`,
    );
  });

  it('end with the process that is to stop, which answers those who wait and does not wait for its callers', async () => {
    const owners = await manyReturns(stack, 10);
    const streams = await Promise.all(
      Array.from({ length: 100 }, (_, n) => listen(owners[n % 10] as MadeReturn, n)),
    );
    const [owner] = owners as [MadeReturn];
    await Promise.all(streams.map((stream) => stream.hears(1)));
    const waiting = apis.map((api) =>
      api.call('GET', pathOf(owner), undefined, {
        prefer: 'wait=50',
        'if-none-match': streams[0]?.last ?? '',
      }),
    );
    // Waits and streams are counted alike, so those who wait are there when the last stream has come.
    await Promise.all([0, 1].map(async (at) => (await listen(owner, at)).hears(1)));
    const ends = await Promise.all(apis.map((api) => api.terminate()));
    expect(ends).toEqual(apis.map(() => ({ code: 0, signal: null })));
    await Promise.all(streams.map((stream) => stream.ends()));
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([304, 304]);
    expect(apis.flatMap((api) => api.complaints())).toEqual([]);
    apis = await startTwo();
  });
});

/** What another writer would do that dies before it tells. */
const changeSilently = ({ taxReturnId }: MadeReturn) =>
  stack.sql(
    `WITH happened AS (
       INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at)
       SELECT id, 'error_mef', $2, $2, now() FROM submissions WHERE tax_return_id = $1
     )
     UPDATE tax_returns SET revision = revision + 1 WHERE id = $1`,
    [taxReturnId, randomUUID()],
  );

/** Somebody who listens to one return, leaves, and comes again to either process with what they have. */
class Listener {
  private stream: EventStream | undefined;
  private last: string | undefined;
  private readonly seen: number[] = [];
  private visits: number;

  constructor(
    private readonly owner: MadeReturn,
    first: number,
  ) {
    this.visits = first;
  }

  async come(): Promise<void> {
    if (this.stream && !this.stream.isOver) return;
    this.visits += 1;
    this.stream = await listen(this.owner, this.visits, this.last);
    expect(this.stream.status).toBe(200);
  }

  go(): void {
    this.stream?.hangUp();
    this.seen.push(...(this.stream?.revisions ?? []));
    this.last = this.stream?.last ?? this.last;
    this.stream = undefined;
  }

  async hasTheNewest(): Promise<void> {
    const newest = async () =>
      revisionIn(this.stream?.last ?? this.last ?? '') === (await revisionOf(this.owner));
    await eventually(newest, { because: 'the newest state' });
    this.go();
    expect(this.seen).toEqual([...new Set(this.seen)].toSorted((a, b) => a - b));
  }
}
