import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { KEY_MEMORY, KeyService } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { REVISIONS } from '../../libs/notifications/src/returns/return.watch.js';
import { STATUSES } from '../../libs/notifications/src/returns/status.service.js';
import { EventStream } from '../support/event.stream.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn, type MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { Visitor } from '../support/visitor.js';

/** Streams that one key, and that all together may have open. */
const [OWN, ALL] = [60, 62];

let stack: Stack;
let keys: KeyService;
beforeAll(async () => {
  stack = await Stack.start('status-streams', {
    worker: false,
    settings: {
      STATUS_HEARTBEAT: '200ms',
      STATUS_STREAMS_PER_KEY: String(OWN),
      STATUS_STREAMS: String(ALL),
    },
  });
  keys = new KeyService(stack.app.get(PrismaService));
});

const open: EventStream[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const stream of open.splice(0)) stream.hangUp();
});

const pathOf = ({ taxReturnId }: MadeReturn) => `/v1/tax-returns/${taxReturnId}/status`;
const say = ({ taxReturnId, submissionId }: MadeReturn, status: string) =>
  stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status });

async function listen(owner: MadeReturn, headers: Record<string, string> = {}): Promise<EventStream> {
  const stream = await EventStream.open(`${await stack.app.getUrl()}${pathOf(owner)}/events`, {
    authorization: `Bearer ${stack.environment.API_KEY}`,
    ...headers,
  });
  open.push(stream);
  return stream;
}

/** The status now, as an event says it. */
async function asAnswered(owner: MadeReturn) {
  const { body, headers } = await stack.api('GET', pathOf(owner));
  return { id: headers.get('etag'), event: 'status', data: body };
}

describe('a stream', () => {
  it('says how a return stands now and after each change, by the answer and its tag; nothing on the way may keep it back', async () => {
    const owner = await aReturn(stack);
    const stream = await listen(owner);
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    await stream.hears(1);
    const answers = [await asAnswered(owner)];
    for (const status of ['error_mef', 'error_resolved', 'accepted']) {
      await say(owner, status);
      answers.push(await asAnswered(owner));
      await stream.hears(answers.length);
    }
    expect(stream.events).toEqual(answers);
    expect(stream.retry).toBeGreaterThanOrEqual(1_000);
  });

  it('goes on where it broke off: what its caller has is not sent again, and of all that was missed the newest state is', async () => {
    const owner = await aReturn(stack);
    const first = await listen(owner);
    await first.hears(1);
    const has = first.last ?? '';
    first.hangUp();

    const same = await listen(owner, { 'last-event-id': has });
    await same.isQuiet();
    expect(same.events).toEqual([]);
    await say(owner, 'error_mef');
    await same.hears(1);
    expect(same.events).toEqual([await asAnswered(owner)]);

    await say(owner, 'error_resolved');
    await say(owner, 'accepted');
    const later = await listen(owner, { 'last-event-id': has.replaceAll('"', '') });
    await later.isQuiet();
    expect(later.events).toEqual([await asAnswered(owner)]);
  });

  it('is told by the commit, and needs no look at the database for it', async () => {
    const owner = await aReturn(stack);
    const stream = await listen(owner);
    await stream.hears(1);
    vi.spyOn(REVISIONS, 'run').mockResolvedValue([]);
    await say(owner, 'accepted');
    await stream.hears(2);
  });

  it('costs no reading of its own: what has changed is read once for all who are told', async () => {
    const owner = await aReturn(stack);
    const streams = await Promise.all(Array.from({ length: 50 }, () => listen(owner)));
    await Promise.all(streams.map((stream) => stream.hears(1)));
    // The look may find the same change once more.
    vi.spyOn(REVISIONS, 'run').mockResolvedValue([]);
    const reads = vi.spyOn(STATUSES, 'run');
    await say(owner, 'accepted');
    await Promise.all(streams.map((stream) => stream.hears(2)));
    await streams[0]?.isQuiet();
    expect(reads.mock.calls.filter(([, ids]) => ids.includes(owner.taxReturnId))).toHaveLength(1);
  });

  it('is refused where there is nothing to tell, and for whoever could not read it; HEAD has an end', async () => {
    const owner = await aReturn(stack);
    expect((await listen(aName())).status).toBe(404);
    expect((await listen(owner, { accept: 'text/html' })).status).toBe(406);
    expect((await listen(owner, { accept: 'text/event-stream' })).status).toBe(200);
    const head = await stack.api('HEAD', `${pathOf(owner)}/events`);
    expect([head.status, head.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
  });
});

describe('who may listen', () => {
  it('has as many streams as the settings say, and hears what to do instead; whoever leaves makes room', async () => {
    const owner = await aReturn(stack);
    const another = await keys.create({ name: 'another', scopes: ['status'] });
    const asAnother = { authorization: `Bearer ${another.key}` };
    const own = await eventually(() => all(owner, OWN), { because: 'room after the tests before' });
    const tooMany = await listen(owner);
    expect([tooMany.status, tooMany.headers.get('retry-after'), tooMany.problem.detail]).toEqual([
      429,
      '30',
      expect.stringContaining(`The key "API_KEY" has ${OWN} streams`),
    ]);
    const others = await Promise.all(Array.from({ length: ALL - OWN }, () => listen(owner, asAnother)));
    expect(others.map(({ status }) => status)).toEqual([200, 200]);
    const full = await listen(owner, asAnother);
    expect([full.status, full.problem.detail]).toEqual([503, expect.stringContaining('If-None-Match')]);

    own[0]?.hangUp();
    await eventually(async () => (await listen(owner)).status === 200, { because: 'room for one more' });
  });

  /** So many streams, or none. */
  async function all(owner: MadeReturn, count: number): Promise<EventStream[] | undefined> {
    const streams = await Promise.all(Array.from({ length: count }, () => listen(owner)));
    if (streams.every(({ status }) => status === 200)) return streams;
    for (const stream of streams) stream.hangUp();
    return undefined;
  }

  it('is let in no longer than the key: revoked or expired, it ends the stream, and no other', async () => {
    const owner = await aReturn(stack);
    const stays = await listen(owner);
    const revoked = await keys.create({ name: 'revoked', scopes: ['status'] });
    const expired = await keys.create({ name: 'expired', scopes: ['status'], lifetime: 3_600_000 });
    const [first, second] = await Promise.all(
      [revoked, expired].map(({ key }) => listen(owner, { authorization: `Bearer ${key}` })),
    );
    await Promise.all([first?.isQuiet(), second?.isQuiet()]);
    await keys.revoke(revoked.id);
    pass(KEY_MEMORY);
    await first?.ends();
    await second?.isQuiet();
    pass(3_600_000);
    await second?.ends();
    await stays.isQuiet();
  });

  it('is let in no longer than the session of the browser', async () => {
    const owner = await aReturn(stack);
    const visitor = await Visitor.named(stack, 'ana', ['status', 'read']);
    const cookie = { authorization: '', cookie: `return-receipt=${visitor.session}` };
    const stream = await listen(owner, cookie);
    await stream.isQuiet();
    await stack.sql('DELETE FROM key_sessions');
    await stream.ends();
    expect((await listen(owner, cookie)).status).toBe(401);
  });
});

/** Milliseconds from now it is; only the clock is turned, nobody waits. */
function pass(milliseconds: number): void {
  vi.restoreAllMocks();
  const then = Date.now() + milliseconds;
  vi.spyOn(Date, 'now').mockImplementation(() => then);
}
