import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlarmService } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { submitted, type MadeReturn } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { proved } from '../support/proved.js';
import { queueBackends } from '../support/servers.js';
import { SmtpPeer, type Greeting, type Script } from '../support/smtp.peer.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

interface Ended {
  id: string;
  state: string;
  relay: string;
}

/** How the first relay dies, for all that comes from then on. */
interface Death {
  greets?: Greeting;
  plays?: Script;
}

/** Where a relay may die. Without words it says nothing and hangs up. */
const dies = { says: [], then: 'hangs-up' } as const;
const deaths: [where: string, Death][] = [
  ['as it is connected to', { greets: { connect: { says: [], then: 'resets' } } }],
  ['in its greeting', { greets: { connect: { says: ['220 pe'], then: 'hangs-up' } } }],
  ['at EHLO', { greets: { ehlo: dies } }],
  ['at STARTTLS', { greets: { starttls: dies } }],
  ['at AUTH', { greets: { auth: dies } }],
  ['at MAIL', { plays: { mail: dies } }],
  ['at RCPT', { plays: { rcpt: dies } }],
  ['at DATA, before it says "go on"', { plays: { data: dies } }],
  ['in the middle of a body', { plays: { 'body-begins': dies } }],
  ['after the body, which it has', { plays: { body: { ...dies, keeps: true } } }],
  ['after the body, which it has not', { plays: { body: { ...dies, keeps: false } } }],
  ['in its answer to the body', { plays: { body: { says: ['250 2.0'], then: 'hangs-up', keeps: true } } }],
];

/** Mails at once. */
const CHUNK = 20;

const backends = queueBackends();

/**
 * Nothing rests on where the jobs are but that mails are brought forward: one backend has it all, the other waits for so long between two
 * tries that a mail which is not brought forward is found waiting.
 */
describe.each(backends)('two relays, with the send queue on $name', (backend) => {
  const hasAll = backend === backends.at(-1);
  let stack: Stack;
  let first: SmtpPeer;
  let second: SmtpPeer;
  let owners: MadeReturn[] = [];
  let sent = 0;
  let unknown = 0;
  beforeAll(async () => {
    first = await SmtpPeer.start({ signIn: true });
    second = await SmtpPeer.start();
    stack = await Stack.start(`second-relay-${backend.name}`, {
      backend,
      settings: {
        SMTP_URL: first.url.replace('smtp://', 'smtp://us:secret@'),
        SMTP_SECOND_URL: second.url,
        SMTP_SECOND_AFTER: '200ms',
        SMTP_TRY_FIRST_EVERY: '300ms',
        SMTP_CONNECTIONS: '4',
        SMTP_TIMEOUT: '2s',
        SEND_LEASE: '10s',
        RETRY_MAX_ATTEMPTS: '1000',
        ...(hasAll ? {} : { RETRY_BASE: '6h', RETRY_CEILING: '6h' }),
      },
    });
    await stack.startWorkerHere();
    return async () => {
      await stack.stop();
      proved(
        `A second relay, send queue on ${backend.name}: ${sent} mails, the first relay dying in each phase of SMTP: lost 0, doubled 0, unknown ${unknown}.`,
      );
    };
  });
  beforeEach(async () => {
    for (const peer of [first, second]) live(peer);
    owners = [];
    await stack.sql('DELETE FROM relay_use');
  });

  function die(peer: SmtpPeer, { greets, plays = {} }: Death): void {
    peer.greets = () => greets ?? {};
    peer.plays = () => plays;
    // Nobody comes to a beginning who is connected already.
    if (greets) peer.hangUp();
  }

  function live(peer: SmtpPeer): void {
    peer.greets = () => ({});
    peer.plays = () => ({});
  }

  async function send(mails = CHUNK): Promise<void> {
    const more = await manyReturns(stack, mails);
    owners.push(...more);
    await stack.putAll('confirmation', more.map(submitted));
  }

  /** Goes on sending, as the day does, until this is so. */
  const sendUntil = (because: string, isSo: () => boolean | Promise<boolean>) =>
    eventually(
      async () => {
        if (await isSo()) return true;
        await send(5);
        return false;
      },
      { because, timeout: 60_000 },
    );

  const use = async () => {
    const [row] = await stack.sql<{ onSecond: boolean; bothIll: boolean }>(
      `SELECT on_second AS "onSecond", first_ill_since IS NOT NULL AND second_ill_since IS NOT NULL AS "bothIll" FROM relay_use`,
    );
    return row;
  };
  const isOnSecond = async () => (await use())?.onSecond === true;

  /** What became of all mails of a test: each is at one of the two inboxes, once, but for what is unknown. */
  async function ended(): Promise<Ended[]> {
    await stack.idle();
    // What is not brought forward would wait for hours, where that is so long.
    await eventually(
      async () =>
        (await stack.sql(`SELECT FROM notifications WHERE state IN ('queued', 'sending')`)).length === 0,
      { because: 'no mail waits', timeout: 60_000 },
    );
    const rows = await stack.sql<Ended>(
      `SELECT n.id, n.state::text, d.relay FROM notifications n JOIN deliveries d ON d.notification_id = n.id AND d.attempt = n.attempt
       WHERE n.tax_return_id = ANY($1::uuid[])`,
      [owners.map(({ taxReturnId }) => taxReturnId)],
    );
    expect(rows).toHaveLength(owners.length);
    for (const { id, state, relay } of rows) {
      const messageId = `<${id}@return-receipt.example.org>`;
      const copies = { first: first.copies(messageId), second: second.copies(messageId) };
      const total = copies.first + copies.second;
      if (state === 'unknown') expect(total, 'copies of an unknown mail').toBeLessThanOrEqual(1);
      else expect({ state, total }).toEqual({ state: 'handed_over', total: 1 });
      if (state === 'handed_over') expect(new URL((copies.first ? first : second).url).host).toBe(relay);
    }
    sent += rows.length;
    unknown += rows.filter(({ state }) => state === 'unknown').length;
    return rows;
  }

  it.runIf(hasAll)('a mail that the first refuses for good is not offered to the second', async () => {
    first.plays = () => ({ rcpt: { says: ['550 5.1.1 no such user\r\n'] } });
    const taken = second.mails.length;
    await send();
    await stack.idle();
    const states = await stack.sql(
      `SELECT DISTINCT state::text, reason FROM notifications WHERE tax_return_id = ANY($1::uuid[])`,
      [owners.map(({ taxReturnId }) => taxReturnId)],
    );
    expect(states).toEqual([{ state: 'failed', reason: 'recipient-refused' }]);
    expect(second.mails.length).toBe(taken);
  });

  it.each(hasAll ? deaths : deaths.slice(5, 6))(
    'no mail is lost or doubled when the first dies %s',
    async (_, death) => {
      await send();
      await eventually(() => first.kept.length > 0, { because: 'mails go by the first' });
      die(first, death);
      await sendUntil('mails go by the second', isOnSecond);
      await send();
      const rows = await ended();
      expect(await use()).toMatchObject({ onSecond: true, bothIll: false });
      // Nothing but a body that began to go out can leave a doubt.
      if (death.plays && !death.plays['body-begins'] && !death.plays.body)
        expect(rows.filter(({ state }) => state === 'unknown')).toEqual([]);
    },
  );

  it.runIf(hasAll)(
    'that mails go by the second is said everywhere, and calls a person, until they do no more',
    async () => {
      const [host] = [first, second].map(({ url }) => new URL(url).host);
      const ready = async () => (await stack.api<{ relays?: object }>('GET', '/health/ready')).body.relays;
      expect(await ready()).toBeUndefined();
      die(first, { plays: { mail: dies } });
      await sendUntil('mails go by the second', isOnSecond);
      await ended();
      expect(await ready()).toMatchObject({ ill: 'first', onSecond: true, first: host });
      const page = (await stack.api<string>('GET', '/ops')).body;
      expect(page).toContain('Mails go by the second relay');
      expect(page).not.toMatch(/The relay does not take mails|class="say good"/);
      expect(await stack.app.get(AlarmService).look()).toMatchObject({
        relay: null,
        second: { ill: 'first' },
      });
      const said = await receipt(['status'], stack.environment);
      expect(said).toMatchObject({ code: 1, stderr: expect.stringMatching(/needed for the first relay/) });
      expect(said.stdout).toMatch(/^Mails go by the second relay, since /);
      const scraped = (await stack.api<string>('GET', '/metrics')).body;
      expect(scraped).toContain(`receipt_relay_in_use{relay="${host}"} 0`);
      expect(scraped).toContain(`receipt_relay_healthy{relay="${host}"} 0`);

      live(first);
      await sendUntil('mails go by the first', async () => !(await isOnSecond()));
      expect(await ready()).toBeUndefined();
      await ended();
    },
  );

  it.runIf(hasAll)('what comes back of a mail that the second took is read as ever', async () => {
    die(first, { plays: { mail: dies } });
    await sendUntil('mails go by the second', isOnSecond);
    const rows = await ended();
    const taken = rows.find(({ relay }) => relay === new URL(second.url).host);
    const id = taken?.id ?? '';
    await stack.api('POST', '/v1/receipts', sesBounce({ id, email: 'nobody@example.com' }));
    const [row] = await stack.sql('SELECT bounced_at FROM notifications WHERE id = $1', [id]);
    expect(row).toEqual({ bounced_at: expect.any(Date) });
  });

  it.runIf(hasAll)('the first is in use again by itself when it took three mails in a row', async () => {
    die(first, { plays: { mail: dies } });
    await sendUntil('mails go by the second', isOnSecond);
    live(first);
    const before = first.kept.length;
    await sendUntil('mails go by the first', async () => !(await isOnSecond()));
    expect(first.kept.length - before).toBeGreaterThanOrEqual(3);
    await ended();
  });

  it.runIf(hasAll)(
    'while the second is in use, one mail now and then tries the first, and goes by the second when that fails',
    async () => {
      die(first, { plays: { mail: dies } });
      await sendUntil('mails go by the second', isOnSecond);
      await ended();
      const [tried, taken] = [first.mails.length, second.kept.length];
      await send(200);
      await ended();
      expect(second.kept.length - taken).toBe(200);
      // The trials, and what was on its way as it was left.
      expect(first.mails.length - tried).toBeLessThan(40);
    },
  );

  it.runIf(hasAll)('when both are down, mails wait, and go out when one is back', async () => {
    die(first, { plays: { mail: dies } });
    die(second, { plays: { mail: dies } });
    await send();
    await eventually(async () => (await use())?.bothIll, { because: 'both are known to be ill' });
    live(second);
    await ended();
    live(first);
    await sendUntil('the first is in use', async () => !(await isOnSecond()));
    await ended();
  });

  it.runIf(hasAll)(
    'a worker that is killed with a mail in its hands while mails change over leaves none behind',
    async () => {
      die(first, { plays: { mail: dies } });
      const doomed = stack.startWorker({ crashAfter: 'opened' });
      await sendUntil('it dies of its first mail', () => doomed.hasEnded());
      await sendUntil('mails go by the second', isOnSecond);
      // Its mail waits for its lease: the sweep finds it then.
      await ended();
    },
  );

  it.runIf(hasAll)('a first relay that flaps costs no mail, and none comes twice', async () => {
    // Every mail but each seventh breaks off.
    first.plays = (nth) => (nth % 7 === 0 ? {} : { rcpt: dies });
    await sendUntil('mails go by the second', isOnSecond);
    await send(100);
    await ended();
  });
});
