import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CalledServer, isSignedWith, say } from '../support/called.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

interface Registered {
  secret?: string;
  callBack: Seen;
}
interface Seen {
  name: string;
  state: string;
  reason: string | null;
  status: number | null;
  failures: number;
  dueAt: string;
  behindSince: string | null;
  aside: number;
  givenUp: number;
  cursor: string;
}

let server: CalledServer;
let stack: Stack;
beforeAll(async () => {
  server = await CalledServer.start();
  stack = await Stack.start('call-backs', { settings: server.settings });
});
beforeEach(() => {
  server.answer = say(204);
});

const register = (name: string, more: object = {}) =>
  stack.api<Registered>('PUT', `/v1/call-backs/${name}`, { url: server.url(name), ...more });
const seen = async (name: string) => (await stack.api<Seen>('GET', `/v1/call-backs/${name}`)).body;
const act = (name: string, what: string, more: object = {}) =>
  stack.api('POST', `/v1/call-backs/${name}/${what}`, { reason: 'a test', ...more });
const ends = (name: string) => stack.api('DELETE', `/v1/call-backs/${name}`, { reason: 'a test' });

async function happened(owner: MadeReturn, status: string): Promise<void> {
  const { taxReturnId, submissionId } = owner;
  const answer = await stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status });
  expect(answer.status).toBe(202);
}

/** What it was told of a return, each once: a call whose answer came too late is made again. */
const toldOf = (name: string, { taxReturnId }: MadeReturn) => {
  const told = server.told(name).filter(({ data }) => data.taxReturnId === taxReturnId);
  return [...new Map(told.map((one) => [one.data.cursor, one])).values()];
};
const isTold = (name: string, owner: MadeReturn, type: string) =>
  eventually(() => toldOf(name, owner).some((one) => one.type === type), { because: `${type} at ${name}` });

describe('a call-back', () => {
  it('is told of each event of its kinds in their order, by ids alone, signed as the package of Standard Webhooks verifies', async () => {
    const { status, body } = await register('plain', { kinds: ['accepted', 'submitted'] });
    expect([status, body.secret]).toEqual([201, expect.stringMatching(/^whsec_[\w+/]{43}=$/)]);
    const owner = await aReturn(stack);
    await happened(owner, 'submitted');
    await happened(owner, 'accepted');
    await isTold('plain', owner, 'accepted');
    expect(toldOf('plain', owner).map(({ type, data }) => [type, data.kind, data.submissionId])).toEqual([
      ['submitted', 'submitted', owner.submissionId],
      ['accepted', 'accepted', owner.submissionId],
    ]);
    const calls = server.to('plain');
    expect(calls.every((call) => isSignedWith(body.secret ?? '', call))).toBe(true);
    expect(calls.some((call) => isSignedWith('whsec_bm90IHRoaXMgb25l', call))).toBe(false);
    expect(calls.map(({ body: said }) => said).join()).not.toContain(owner.email);
    const last = toldOf('plain', owner)[1];
    const { body: feed } = await stack.api<{ items: object[] }>(
      'GET',
      `/v1/events?after=${last?.data.cursor}`,
    );
    expect(feed.items).not.toContainEqual(expect.objectContaining({ cursor: last?.data.cursor }));

    const again = await register('plain', { kinds: ['submitted', 'accepted'] });
    expect([again.status, again.body.secret]).toEqual([200, undefined]);
    expect(JSON.stringify((await stack.api('GET', '/v1/call-backs')).body)).not.toContain('whsec_');
    const [row] = await stack.sql<{ secret: string }>(`SELECT secret FROM call_backs WHERE name = 'plain'`);
    expect(row?.secret).toMatch(/^test\./);
    await ends('plain');
  });

  it('is signed with both secrets after a rotation, and keeps what it was', async () => {
    const { body } = await register('rotated');
    const { body: rotated } = await stack.api<{ secret: string; previousUntil: string }>(
      'POST',
      '/v1/call-backs/rotated/secret',
      { reason: 'somebody left' },
    );
    const owner = await aReturn(stack);
    await isTold('rotated', owner, 'processing');
    const [call] = server.to('rotated').slice(-1);
    const secrets = [body.secret ?? '', rotated.secret];
    expect(call && secrets.map((secret) => isSignedWith(secret, call))).toEqual([true, true]);
    await eventually(
      async () =>
        (await stack.sql(`SELECT 1 FROM call_backs WHERE name = 'rotated' AND lease_token IS NULL`)).length,
      { because: 'nobody who works on it' },
    );
    // As a day later.
    await stack.sql(
      `UPDATE call_backs SET previous_until = now() - interval '1 second' WHERE name = 'rotated'`,
    );
    await happened(owner, 'submitted');
    await isTold('rotated', owner, 'submitted');
    const [later] = server.to('rotated').slice(-1);
    expect(later && secrets.map((secret) => isSignedWith(secret, later))).toEqual([false, true]);
    await ends('rotated');
  });

  it('that fails waits as a whole, goes on where it was, and keeps no other waiting', async () => {
    await register('ill', { kinds: ['submitted', 'accepted'] });
    await register('well', { kinds: ['submitted', 'accepted'] });
    server.answer = (response, { path }) => say(path === '/ill' ? 500 : 204)(response, { path } as never);
    const owner = await aReturn(stack);
    await happened(owner, 'submitted');
    await happened(owner, 'accepted');
    await isTold('well', owner, 'accepted');
    const ill = await eventually(
      async () => {
        const found = await seen('ill');
        return found.failures > 1 ? found : undefined;
      },
      { because: 'two failures' },
    );
    expect(ill).toMatchObject({ state: 'active', reason: 'answered', status: 500 });
    expect(ill.behindSince).not.toBeNull();
    expect(toldOf('ill', owner)[0]?.type).toBe('submitted');
    server.answer = say(204);
    await isTold('ill', owner, 'accepted');
    const ids = new Set(server.to('ill').map(({ id }) => id));
    expect(ids.size).toBe(2);
    await eventually(async () => (await seen('ill')).failures === 0, { because: 'an end of the failures' });
    await Promise.all([ends('ill'), ends('well')]);
  });

  it('goes on without an event that it does not take, which is tried by itself and told later', async () => {
    await register('picky', { kinds: ['submitted'] });
    const owners = await Promise.all(Array.from({ length: 4 }, () => aReturn(stack)));
    const [bad] = owners;
    server.answer = (response, call) =>
      say(bad && call.body.includes(bad.taxReturnId) ? 400 : 204)(response, call);
    for (const owner of owners) await happened(owner, 'submitted');
    for (const owner of owners.slice(1)) await isTold('picky', owner, 'submitted');
    await eventually(async () => (await seen('picky')).aside === 1, { because: 'an event that is aside' });
    const { body } = await stack.api<{ items: object[] }>('GET', '/v1/call-backs/picky/asides');
    expect(body.items).toMatchObject([{ taxReturnId: bad?.taxReturnId, reason: 'answered', status: 400 }]);
    server.answer = say(204);
    await eventually(async () => (await seen('picky')).aside === 0, { because: 'nothing aside' });
    await ends('picky');
  });

  it('is not held up by an event that is aside and not in this database', async () => {
    await register('restored', { kinds: ['submitted'] });
    await stack.sql(
      `INSERT INTO call_back_asides (name, xid, sequence, tries, reason, due_at) VALUES ('restored', 1, 1, 1, 'answered', now())`,
    );
    await eventually(async () => (await seen('restored')).aside === 0, { because: 'nothing aside' });
    expect(stack.log()).toContain('are not in this database');
    await ends('restored');
  });

  it('is given up for an event that fails for too long, until a person lets it go on', async () => {
    await register('hopeless', { kinds: ['submitted'] });
    const [bad, good] = await Promise.all([aReturn(stack), aReturn(stack)]);
    server.answer = (response, call) => say(call.body.includes(bad.taxReturnId) ? 422 : 204)(response, call);
    for (const owner of [bad, good]) await happened(owner, 'submitted');
    await eventually(async () => (await seen('hopeless')).aside === 1, { because: 'an event that is aside' });
    await stack.sql(
      `UPDATE call_back_asides SET since = now() - interval '80 hours' WHERE name = 'hopeless'`,
    );
    await eventually(async () => (await seen('hopeless')).givenUp === 1, {
      because: 'an event that is given up',
    });
    expect(stack.log()).toContain('they wait for a person');
    server.answer = say(204);
    expect((await act('hopeless', 'resume')).body).toMatchObject({ again: 1 });
    await eventually(
      async () => {
        const { aside, givenUp } = await seen('hopeless');
        return aside + givenUp === 0;
      },
      { because: 'nothing aside' },
    );
    await ends('hopeless');
  });

  it('that answers 410 is stopped and says so, until a person lets it go on', async () => {
    await register('gone', { kinds: ['submitted', 'accepted'] });
    server.answer = say(410);
    const owner = await aReturn(stack);
    await happened(owner, 'submitted');
    await eventually(async () => (await seen('gone')).state === 'stopped', { because: 'a stop' });
    expect(await seen('gone')).toMatchObject({ reason: 'gone', status: 410 });
    await happened(owner, 'accepted');
    const calls = server.to('gone').length;
    server.answer = say(204);
    // Its owner says the same again.
    expect((await register('gone', { kinds: ['submitted', 'accepted'] })).status).toBe(200);
    await isTold('gone', owner, 'accepted');
    const told = server.told('gone').slice(calls);
    expect(new Set(told.map(({ type }) => type))).toEqual(new Set(['submitted', 'accepted']));
    await ends('gone');
  });

  it.each([429, 503])('that answers %d with Retry-After is left alone for so long', async (status) => {
    const name = `busy-${status}`;
    await register(name, { kinds: ['submitted'] });
    server.answer = say(status, { 'retry-after': '3600' });
    const owner = await aReturn(stack);
    const from = Date.now();
    await happened(owner, 'submitted');
    const found = await eventually(
      async () => {
        const one = await seen(name);
        return one.reason === 'busy' ? one : undefined;
      },
      { because: 'a call-back that is busy' },
    );
    expect(Date.parse(found.dueAt) - from).toBeGreaterThan(3_500_000);
    expect(found.aside).toBe(0);
    const calls = server.to(name).length;
    server.answer = say(204);
    await act(name, 'resume');
    await eventually(() => server.to(name).length > calls, { because: 'another call' });
    expect(toldOf(name, owner)).toHaveLength(1);
    await ends(name);
  });

  it('is told again from a cursor, under the same ids', async () => {
    await register('replayed', { kinds: ['submitted'] });
    const owners = [await aReturn(stack), await aReturn(stack)];
    for (const owner of owners) {
      await happened(owner, 'submitted');
      await isTold('replayed', owner, 'submitted');
    }
    const [first] = server.told('replayed');
    const calls = server.to('replayed').length;
    await act('replayed', 'replay', { after: first?.data.cursor });
    await eventually(() => server.to('replayed').length > calls, { because: 'the second one again' });
    expect(server.to('replayed').at(-1)?.id).toBe(server.to('replayed')[calls - 1]?.id);
    expect((await act('replayed', 'replay', { after: 'ZS45OTk5OTk5OTkuMQ' })).status).toBe(409);
    await ends('replayed');
  });

  it('that is removed is told nothing more', async () => {
    await register('removed');
    await register('stays');
    await ends('removed');
    const owner = await aReturn(stack);
    await isTold('stays', owner, 'processing');
    expect(toldOf('removed', owner)).toEqual([]);
    expect((await stack.api('GET', '/v1/call-backs/removed')).status).toBe(404);
    await ends('stays');
  });

  it('leaves in the trail what people did to it', async () => {
    await register('watched', { reason: 'ticket 77' });
    await register('watched', { kinds: ['accepted'] });
    await act('watched', 'secret');
    await act('watched', 'resume');
    await ends('watched');
    const { body } = await stack.api<{ items: { action: string; reason: string }[] }>(
      'GET',
      '/v1/audit/trail?kind=call-back&target=watched',
    );
    expect(body.items.map(({ action }) => action)).toEqual([
      'remove-call-back',
      'resume-call-back',
      'rotate-secret',
      'change-call-back',
      'register-call-back',
    ]);
    expect(body.items.at(-1)?.reason).toBe('ticket 77');
  });

  it.each([
    ['http://127.0.0.1/x', 'must begin with https'],
    ['https://elsewhere.example.net/x', 'CALL_BACK_HOSTS does not allow'],
    ['https://127.0.0.1.example.net/x', 'CALL_BACK_HOSTS does not allow'],
    ['https://me:secret@127.0.0.1/x', 'user, a password or an @'],
    ['https://127.0.0.1/x#y', 'must not hold a #'],
    ['nowhere', 'write https://host/path'],
  ])('does not go to %s, and says why', async (url, words) => {
    const { status, body } = await stack.api('PUT', '/v1/call-backs/wrong', { url });
    expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining(words)]);
  });
});
