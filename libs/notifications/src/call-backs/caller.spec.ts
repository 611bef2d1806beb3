import type { LookupAddress } from 'node:dns';
import { beforeAll, describe, expect, it } from 'vitest';
import { CalledServer } from '../../../../test/support/called.js';
import { Caller } from './caller.js';

let server: CalledServer;
beforeAll(async () => {
  server = await CalledServer.start();
});

/** A name that leads where its owner likes, each time that it is asked. */
class Rebinding extends Caller {
  readonly asked: string[] = [];
  readonly answers: LookupAddress[][] = [];

  protected override resolve(host: string): Promise<LookupAddress[]> {
    this.asked.push(host);
    return Promise.resolve(this.answers.shift() ?? []);
  }
}

const port = () => new URL(server.url('')).port;
const settings = {
  CALL_BACK_HOSTS: [{ name: 'example.gov', below: true, port: '*' }],
  CALL_BACK_NETWORKS: [],
  CALL_BACK_CA_FILE: undefined,
  CALL_BACK_TIMEOUT: 2_000,
};
const call = (caller: Caller, host: string) =>
  caller.call(
    `https://${host}:${port()}/told`,
    ['whsec_c2VjcmV0'],
    { id: 'event-1', body: '{}' },
    new AbortController().signal,
  );
const inside = { kind: 'failed', reason: 'address-not-allowed' };

describe('a name that leads inside', () => {
  it.each([
    ['127.0.0.1', 4],
    ['::ffff:127.0.0.1', 6],
    ['::1', 6],
  ])('to %s is never connected to, whatever it led to before', async (address, family) => {
    const caller = new Rebinding(settings);
    caller.answers.push([{ address, family }]);
    const { connections } = server;
    expect(await call(caller, 'backend.example.gov')).toEqual(inside);
    expect(caller.asked).toEqual(['backend.example.gov']);
    expect(server.connections).toBe(connections);
  });

  it('is called at those of its addresses that are not inside', async () => {
    const caller = new Rebinding({ ...settings, CALL_BACK_NETWORKS: [{ address: '127.0.0.1', bits: 32 }] });
    caller.answers.push([
      { address: '10.0.0.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
    const { connections } = server;
    // It gets as far as the certificate, which is not that of this name.
    expect(await call(caller, 'backend.example.gov')).toEqual({ kind: 'failed', reason: 'not-trusted' });
    expect(server.connections).toBe(connections + 1);
  });

  it('is not even asked for where its host is not allowed', async () => {
    const caller = new Rebinding(settings);
    expect(await call(caller, 'example.gov.evil.example')).toEqual({
      kind: 'failed',
      reason: 'host-not-allowed',
    });
    expect(caller.asked).toEqual([]);
  });
});

it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])(
  'an address in the place of a name is judged as well: %s',
  async (host) => {
    const { hostname } = new URL(`https://${host}`);
    const caller = new Caller({
      ...settings,
      CALL_BACK_HOSTS: [{ name: hostname, below: false, port: '*' }],
    });
    const { connections } = server;
    expect(await call(caller, host)).toEqual(inside);
    expect(server.connections).toBe(connections);
  },
);
