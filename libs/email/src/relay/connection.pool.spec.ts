import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.js';
import { SmtpPeer } from '../../../../test/support/smtp.peer.js';
import { ConnectionPool } from './connection.pool.js';
import { relayAddress } from './relay.address.js';

const PATIENCE = 60_000;
const open = () => Promise.resolve();

let peer: SmtpPeer;
beforeEach(async () => {
  peer = await SmtpPeer.start({ pipelining: true });
});

const poolTo = (url: string, ceiling: number, idleFor?: number) =>
  new ConnectionPool(relayAddress(url, PATIENCE), ceiling, idleFor);

async function sendOne(pool: ConnectionPool) {
  const connection = await pool.take(PATIENCE);
  const handOver = await connection.send(
    { from: 'us@example.org', to: 'ana@example.com' },
    Buffer.from('A: b\r\n'),
    open,
  );
  pool.give(connection);
  return handOver.outcome;
}

const sendMany = (pool: ConnectionPool, mails: number) =>
  Promise.all(Array.from({ length: mails }, () => sendOne(pool)));
const all = (mails: number, outcome: string) => Array.from({ length: mails }, () => outcome);

describe('the connections to a relay', () => {
  it('are one, for mails that come one after another', async () => {
    const pool = poolTo(peer.url, 30);
    for (let mail = 0; mail < 20; mail += 1) expect(await sendOne(pool)).toBe('accepted');
    expect(peer.connected).toBe(1);
    pool.close();
  });

  it('are as many as the distance of the relay asks for, up to the ceiling', async () => {
    peer.plays = () => ({ mail: { after: 30 }, body: { after: 30 } });
    const pool = poolTo(peer.url, 8);
    expect(await sendMany(pool, 100)).toEqual(all(100, 'accepted'));
    expect(peer.connected).toBe(8);
    pool.close();
  });

  it('become more when one does not come back', async () => {
    let answer = (): void => undefined;
    peer.plays = (nth) =>
      nth === 1 ? { body: { until: new Promise((resolve) => (answer = resolve)) } } : {};
    const pool = poolTo(peer.url, 2);
    const slow = sendOne(pool);
    expect(await sendMany(pool, 20)).toEqual(all(20, 'accepted'));
    answer();
    expect(await slow).toBe('accepted');
    expect(peer.connected).toBe(2);
    pool.close();
  });

  it('are as many as the relay lets in, and everybody waits for those', async () => {
    peer.greets = (nth) =>
      nth > 2 ? { connect: { says: ['421 4.7.0 too many connections\r\n'], then: 'hangs-up' } } : {};
    peer.plays = () => ({ body: { after: 10 } });
    const pool = poolTo(peer.url, 20);
    expect(await sendMany(pool, 60)).toEqual(all(60, 'accepted'));
    // It asked for more than the two.
    expect(peer.connected).toBeGreaterThan(2);
    pool.close();
  });

  it('that are never quite made are given up', async () => {
    peer.greets = () => ({ ehlo: { says: Array.from({ length: 200 }, () => '250-more\r\n') } });
    const pool = new ConnectionPool(relayAddress(peer.url, 100), 1);
    await expect(pool.take(PATIENCE)).rejects.toThrow('too long');
    await eventually(() => peer.connections === 0, { because: 'no connection' });
    pool.close();
  });

  it('are closed with a good-bye when nobody needs them any more', async () => {
    const pool = poolTo(peer.url, 4, 50);
    await sendOne(pool);
    await eventually(() => peer.connections === 0, { because: 'no connection' });
    expect(peer.partings).toBe(1);
    expect(await sendOne(pool)).toBe('accepted');
    pool.close();
    await eventually(() => peer.connections === 0, { because: 'no connection' });
    await expect(pool.take(PATIENCE)).rejects.toThrow('closed');
  });

  it('say good-bye before they are given up for their silence', async () => {
    const pool = new ConnectionPool(relayAddress(peer.url, 2_000), 1);
    await sendOne(pool);
    await eventually(() => peer.connections === 0, { because: 'no connection' });
    expect(peer.partings).toBe(1);
    pool.close();
  });

  it('that cannot be made fail everybody who waits for one, with what the relay said', async () => {
    peer.greets = () => ({ connect: { says: ['554 5.3.2 not today\r\n'], then: 'hangs-up' } });
    const pool = poolTo(peer.url, 4);
    const waiting = await Promise.allSettled([pool.take(PATIENCE), pool.take(PATIENCE), pool.take(PATIENCE)]);
    expect(waiting).toMatchObject(
      all(3, 'rejected').map((status) => ({ status, reason: { response: '554 5.3.2 not today' } })),
    );
    expect(peer.connected).toBe(1);
    peer.greets = () => ({});
    expect(await sendOne(pool)).toBe('accepted');
    pool.close();
  });

  it('are waited for as long as a mail has patience', async () => {
    const pool = poolTo(peer.url, 1);
    const held = await pool.take(PATIENCE);
    await expect(pool.take(50)).rejects.toThrow('in time');
    pool.give(held);
    expect(await sendOne(pool)).toBe('accepted');
    pool.close();
  });

  it('that the relay closes while nobody uses them are not used again', async () => {
    const pool = poolTo(peer.url, 1);
    await sendOne(pool);
    peer.hangUp('421 4.4.2 idle for too long\r\n');
    await eventually(() => peer.connections === 0, { because: 'no connection' });
    expect(await sendOne(pool)).toBe('accepted');
    expect(peer.connected).toBe(2);
    pool.close();
  });
});
