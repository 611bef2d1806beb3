import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CalledServer, say } from '../support/called.js';
import type { Answering } from '../support/called.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

interface Seen {
  reason: string | null;
  status: number | null;
  failures: number;
}

let server: CalledServer;
let stack: Stack;
beforeAll(async () => {
  server = await CalledServer.start();
  stack = await Stack.start('hostile-call-backs', {
    worker: false,
    settings: { ...server.settings, CALL_BACK_TIMEOUT: '1s' },
  });
});
beforeEach(() => {
  server.answer = say(204);
});

const seen = async (name: string) => (await stack.api<Seen>('GET', `/v1/call-backs/${name}`)).body;
const register = (name: string) =>
  stack.api('PUT', `/v1/call-backs/${name}`, { url: server.url(name), kinds: ['processing'] });
const ends = (name: string) => stack.api('DELETE', `/v1/call-backs/${name}`, { reason: 'a test' });
const failureOf = (name: string) =>
  eventually(
    async () => {
      const found = await seen(name);
      return found.failures > 0 ? found : undefined;
    },
    { because: `a failure of ${name}` },
  );

/** A slow machine is not late for these. */
const patient = { CALL_BACK_TIMEOUT: '30s' };

const forever: Answering = (response) => {
  response.writeHead(200);
  const part = Buffer.alloc(64 * 1024, 'x');
  const more = () => {
    while (!response.destroyed && response.write(part));
  };
  response.on('drain', more);
  more();
};

describe('a backend that means no good', () => {
  it.each<[string, Answering, Partial<Seen>]>([
    ['never answers', () => undefined, { reason: 'timed-out', status: null }],
    ['breaks off', (response) => void response.destroy(), { reason: 'no-connection', status: null }],
    [
      'sends the caller on',
      (response, call) => say(307, { location: `https://169.254.169.254${call.path}` })(response, call),
      { reason: 'redirected', status: 307 },
    ],
    ['always fails', say(500), { reason: 'answered', status: 500 }],
  ])('%s: the event waits and is told in the end', async (what, answer, expected) => {
    await stack.startWorkerHere();
    const name = what.replaceAll(' ', '-');
    await register(name);
    server.answer = answer;
    const owner = await aReturn(stack);
    expect(await failureOf(name)).toMatchObject(expected);
    server.answer = say(204);
    const before = server.to(name).length;
    await eventually(() => server.to(name).length > before, { because: 'another call' });
    expect(server.told(name).at(-1)?.data.taxReturnId).toBe(owner.taxReturnId);
    await ends(name);
    await stack.stopWorkersHere();
  });

  it('answers without end: nobody reads it, and the event counts as told', async () => {
    await stack.startWorkerHere();
    await register('endless');
    server.answer = forever;
    await aReturn(stack);
    await eventually(() => server.to('endless').length > 0, { because: 'a call' });
    await aReturn(stack);
    await eventually(() => server.to('endless').length > 1, { because: 'the next call' });
    expect(await seen('endless')).toMatchObject({ failures: 0, reason: null });
    await ends('endless');
    await stack.stopWorkersHere();
  });

  it.each([
    ['a certificate that nobody vouches for', { CALL_BACK_CA_FILE: '' }, 'not-trusted'],
    ['an address inside', { CALL_BACK_NETWORKS: '' }, 'address-not-allowed'],
    ['a host that is not allowed any more', { CALL_BACK_HOSTS: 'other.example.gov' }, 'host-not-allowed'],
  ])('has %s: it is not called', async (_what, settings, reason) => {
    await stack.startWorkerHere(settings);
    await register('never');
    const { connections } = server;
    await aReturn(stack);
    expect(await failureOf('never')).toMatchObject({ reason });
    expect(server.to('never')).toEqual([]);
    if (reason !== 'not-trusted') expect(server.connections).toBe(connections);
    await ends('never');
    await stack.stopWorkersHere();
  });

  it('has it and keeps it from a worker that is killed before it hears so: the next one tells it again, and no other event', async () => {
    await register('killed');
    const worker = await stack.startWorker({ settings: patient }).ready();
    const first = await aReturn(stack);
    await eventually(() => server.to('killed').length === 1, { because: 'the first event' });
    let killed: Promise<unknown> | undefined;
    server.answer = () => void (killed ??= worker.kill());
    const second = await aReturn(stack);
    await eventually(() => killed, { because: 'a worker that is killed' });
    await killed;
    server.answer = say(204);
    // As when the lease of the dead has run out.
    await stack.sql('UPDATE call_backs SET lease_until = now()');
    await stack.startWorkerHere(patient);
    await eventually(() => server.to('killed').length === 3, { because: 'the second event again' });
    const ids = server.to('killed').map(({ id }) => id);
    expect([ids[2], ids[0] === ids[1]]).toEqual([ids[1], false]);
    expect(server.told('killed').map(({ data }) => data.taxReturnId)).toEqual([
      first.taxReturnId,
      second.taxReturnId,
      second.taxReturnId,
    ]);
    await ends('killed');
    await stack.stopWorkersHere();
  });

  it('is told by one of two workers at a time', async () => {
    await register('two');
    await Promise.all([stack.startWorkerHere(patient), stack.startWorkerHere(patient)]);
    const owners = await Promise.all(Array.from({ length: 30 }, () => aReturn(stack)));
    await eventually(() => new Set(server.to('two').map(({ id }) => id)).size === owners.length, {
      because: 'all events',
    });
    expect(server.to('two')).toHaveLength(owners.length);
    await ends('two');
    await stack.stopWorkersHere();
  });
});
