import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { submitted } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { proved } from '../support/proved.js';
import { queueBackends } from '../support/servers.js';
import { isEndurance, misbehaving } from '../support/sizes.js';
import { SmtpPeer, type Script } from '../support/smtp.peer.js';
import { Stack } from '../support/stack.js';
import { greeting, scene } from './scenes.js';

interface Ended {
  id: string;
  state: string;
  outcomes: string[];
  /** Why, for each try that the relay did not take. */
  reasons: string[];
}

/** How often the relay may have a mail that ended so. */
const COPIES: Record<string, number[]> = { handed_over: [1], failed: [0], unknown: [0, 1] };

/** Nothing of it rests on where the jobs are; both are played when there is time. */
const backends = queueBackends().slice(isEndurance ? 0 : -1);

describe.each(backends)(
  'a relay that answers anything at any moment, with the send queue on $name',
  (backend) => {
    let stack: Stack;
    let peer: SmtpPeer;
    const seen: Record<string, number> = {};
    beforeAll(async () => {
      peer = await SmtpPeer.start();
      stack = await Stack.start(`misbehaving-${backend.name}`, {
        backend,
        settings: {
          SMTP_URL: peer.url,
          SMTP_CONNECTIONS: '4',
          SMTP_TIMEOUT: '1s',
          SEND_LEASE: '10s',
          RETRY_MAX_ATTEMPTS: '20',
        },
      });
      return () => stack.stop();
    });
    afterAll(() =>
      proved(
        `A relay that misbehaves, send queue on ${backend.name}: ${misbehaving.rounds} rounds of ${misbehaving.mails} mails (${JSON.stringify(seen)}), doubled 0, told without a copy 0.`,
      ),
    );

    /** Each mail of a round, with what became of it. */
    async function round(size: number): Promise<Ended[]> {
      const owners = await manyReturns(stack, size);
      await stack.putAll('confirmation', owners.map(submitted));
      await stack.idle();
      return stack.sql<Ended>(
        `SELECT n.id, n.state::text, array_agg(coalesce(d.outcome::text, 'open') ORDER BY d.attempt) AS outcomes,
              array_remove(array_agg(d.reason ORDER BY d.attempt), NULL) AS reasons
       FROM notifications n LEFT JOIN deliveries d ON d.notification_id = n.id
       WHERE n.tax_return_id = ANY($1::uuid[]) GROUP BY n.id`,
        [owners.map(({ taxReturnId }) => taxReturnId)],
      );
    }

    const RATE_LIMITED = '421 4.7.0 Rate limited, try again in 1 seconds\r\n';
    const cutInAnEmoji = (head: string) => `${head}${'q'.repeat(499 - head.length)}\u{1F600} tail\r\n`;

    it.each<[string, Script, Partial<Ended>]>([
      [
        'F01: its yes, cut in the middle of an emoji, is settled',
        { body: { says: [cutInAnEmoji('250 2.0.0 Ok ')] } },
        { state: 'handed_over', outcomes: ['accepted'] },
      ],
      [
        'F01: its no, cut in the middle of an emoji, is settled',
        { rcpt: { says: [cutInAnEmoji('550 5.1.1 ')] } },
        { state: 'failed', outcomes: ['refused'] },
      ],
      [
        'F02: two answers in one packet are no yes, and nothing is sent again',
        { body: { says: ['250\r\n250 2.0.0 Ok queued as Q1\r\n'] } },
        { state: 'unknown', outcomes: ['unknown'] },
      ],
      [
        'F02: "go on" after the body is no "not now", and nothing is sent again',
        { body: { says: ['354 go on\r\n250 2.0.0 Ok queued as Q1\r\n'], keeps: true } },
        { state: 'unknown', outcomes: ['unknown'] },
      ],
      [
        'F03: its 421 on a used connection is waited out',
        { rcpt: { says: [RATE_LIMITED], then: 'hangs-up' } },
        { state: 'handed_over', outcomes: ['deferred', 'accepted'], reasons: ['relay-full'] },
      ],
      [
        'F04: its no to our host at RCPT is not the recipient’s',
        { rcpt: { says: ['554 5.7.1 <ADDRESS>: Relay access denied\r\n'] } },
        { state: 'handed_over', outcomes: ['deferred', 'accepted'], reasons: ['relay-refused'] },
      ],
      [
        'F04: its no to our sender at RCPT is not the recipient’s',
        {
          rcpt: { says: ['550 5.1.8 <no-reply@example.org>: Sender address rejected: Domain not found\r\n'] },
        },
        { state: 'handed_over', outcomes: ['deferred', 'accepted'], reasons: ['relay-refused'] },
      ],
    ])('%s', async (_name, script, expected) => {
      await round(1);
      const mails = peer.mails.length;
      peer.plays = (nth) => (nth === mails + 1 ? script : {});
      const [ended] = await round(1);
      expect(ended).toMatchObject(expected);
      const took = ended?.state === 'failed' ? 0 : 1;
      expect(peer.copies(`<${ended?.id}@return-receipt.example.org>`)).toBe(took);
    });

    it('keeps no mail twice, has each one that counts as told, has none that counts as refused, and leaves none on its way', async () => {
      const scripts = fc.array(scene, { minLength: misbehaving.mails, maxLength: 2 * misbehaving.mails });
      const greetings = fc.array(greeting, { maxLength: misbehaving.mails });
      await fc.assert(
        fc.asyncProperty(scripts, greetings, fc.boolean(), async (scenes, greets, pipelining) => {
          const [mails, connections] = [peer.mails.length, peer.connected];
          peer.pipelining = pipelining;
          peer.plays = (nth) => scenes[nth - mails - 1] ?? {};
          peer.greets = (nth) => greets[nth - connections - 1] ?? {};
          const ended = await round(misbehaving.mails);
          expect(ended).toHaveLength(misbehaving.mails);
          for (const { id, state, outcomes } of ended) {
            seen[state] = (seen[state] ?? 0) + 1;
            const copies = peer.copies(`<${id}@return-receipt.example.org>`);
            expect({ state, outcomes, copies }).toSatisfy(() => COPIES[state]?.includes(copies) ?? false);
          }
        }),
        { numRuns: misbehaving.rounds, endOnFailure: true },
      );
    });
  },
);
