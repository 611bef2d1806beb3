import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SmtpPeer } from '../../../../test/support/smtp.peer.js';
import type { Play, Script } from '../../../../test/support/smtp.peer.js';
import { Mailer } from './mailer.js';
import type { OutgoingMail } from '../message/message.js';

const aMail = (name: string): OutgoingMail => ({
  messageId: `${name}@return-receipt.example.org`,
  to: `${name}@example.com`,
  language: 'en',
  subject: 'Accepted',
  html: '<p>Hello</p>',
  text: 'Hello',
});

describe.each([{ pipelining: false }, { pipelining: true }])(
  'a relay that misbehaves, pipelining $pipelining',
  ({ pipelining }) => {
    let peer: SmtpPeer;
    let mailer: Mailer;
    beforeEach(async () => {
      peer = await SmtpPeer.start({ pipelining });
      mailer = new Mailer({ url: peer.url, from: 'no-reply@example.org', connections: 1, timeout: 60_000 });
    });
    afterEach(async () => {
      mailer.close();
      await peer.stop();
    });

    /** Sends one mail to a peer that plays this, and a second one to a peer that has come to its senses. */
    async function sendTwo(script: Script) {
      peer.plays = (nth) => (nth === 1 ? script : {});
      const first = await mailer.send(aMail('first'));
      expect(await mailer.send(aMail('second'))).toMatchObject({ outcome: 'accepted' });
      expect(peer.copies('<second@return-receipt.example.org>')).toBe(1);
      return first;
    }

    it.each<[string, Play]>([
      ['"go on", and then yes (F02)', { says: ['354 go on\r\n250 2.0.0 Ok queued as Q1\r\n'], keeps: true }],
      ['yes twice in one packet (F02)', { says: ['250\r\n250 2.0.0 Ok queued as Q1\r\n'] }],
      ['yes, and then no', { says: ['250 Ok\r\n554 5.0.0 no\r\n'] }],
      ['no, and then yes', { says: ['554 5.0.0 no\r\n250 Ok\r\n'], keeps: true }],
      ['not now, and then yes', { says: ['421 4.3.2 closing\r\n250 Ok\r\n'], keeps: true }],
      [
        'not now, with a last line that says yes',
        { says: ['451-4.3.0 busy\r\n250 2.0.0 Ok queued\r\n'], keeps: true },
      ],
      ['no, with a last line that says yes', { says: ['550-no\r\n250 Ok queued\r\n'], keeps: true }],
      ['yes, with a last line that says no', { says: ['250-checking\r\n550 5.7.1 spam\r\n'], keeps: false }],
      ['half a no, and the end', { says: ['451 4'], then: 'hangs-up', keeps: true }],
      ['"go on" alone', { says: ['354 go on\r\n'] }],
      ['a good-bye', { says: ['221 bye\r\n'] }],
      ['a greeting', { says: ['220 peer\r\n'] }],
      ['nonsense', { says: ['yes, thank you\r\n'] }],
      ['half a yes, and the end', { says: ['25'], then: 'hangs-up', keeps: true }],
      ['half of many lines, and the end', { says: ['250-Ok\r\n'], then: 'hangs-up', keeps: true }],
      ['the end', { says: [], then: 'hangs-up', keeps: true }],
      ['a reset', { says: [], then: 'resets' }],
    ])('%s after the body: unknown, and that connection is not used again', async (_name, body) => {
      expect(await sendTwo({ body })).toMatchObject({ outcome: 'unknown' });
      expect(peer.connected).toBe(2);
    });

    it('F02: never sends a mail again by itself, whatever answers come twice', async () => {
      peer.plays = (nth) => (nth % 2 ? { body: { says: ['250\r\n250 2.0.0 Ok queued as Q1\r\n'] } } : {});
      const names = Array.from({ length: 20 }, (_, at) => `n${at}`);
      const outcomes = await Promise.all(names.map((name) => mailer.send(aMail(name))));
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(
        names.map((_, at) => (at % 2 === 0 ? 'unknown' : 'accepted')),
      );
      expect(names.map((name) => peer.copies(`<${name}@return-receipt.example.org>`))).toEqual(
        names.map(() => 1),
      );
    });

    it('an answer in pieces is an answer', async () => {
      expect(
        await sendTwo({
          data: { says: ['3', '54 go', ' on\r\n'] },
          body: { says: ['250-2.0.0 a', '\r\n25', '0 b\r\n'] },
        }),
      ).toMatchObject({ outcome: 'accepted' });
      expect(peer.connected).toBe(1);
    });

    it.each<[string, Script]>([
      ['yes in the place of "go on"', { data: { says: ['250 Ok\r\n'] } }],
      ['"go on" with a last line that says something else', { data: { says: ['354-go on\r\n250 no\r\n'] } }],
      ['"go on" with an empty line in its middle', { data: { says: ['354-go\r\n\r\n250 on\r\n'] } }],
      ['yes to a mail that has not gone out', { data: { says: ['354 go on\r\n250 Ok queued\r\n'] } }],
      ['"go on" to MAIL', { mail: { says: ['354 go on\r\n'] } }],
      ['nonsense to RCPT', { rcpt: { says: ['what?\r\n'] } }],
      ['two answers to RCPT', { rcpt: { says: ['250 Ok\r\n250 Ok\r\n'] } }],
    ])('%s: certainly not sent, and that connection is not used again', async (_name, script) => {
      expect(await sendTwo(script)).toMatchObject({ outcome: 'deferred', reason: 'relay-out-of-step' });
      expect(peer.connected).toBe(2);
      expect(peer.copies('<first@return-receipt.example.org>')).toBe(0);
    });

    it('answers that come before their commands are no answers: certainly not sent', async () => {
      const says = ['250-peer\r\n250 PIPELINING\r\n250 a\r\n250 b\r\n354 c\r\n'];
      peer.greets = (nth) => (nth === 1 ? { ehlo: { says } } : {});
      expect(await sendTwo({ body: { says: ['550 no\r\n'] } })).toMatchObject({ outcome: 'deferred' });
    });

    it('"go on" after a recipient that it refused does not take the refusal back', async () => {
      const script: Script = {
        rcpt: { says: ['550 5.1.1 no such user\r\n'] },
        data: { says: ['354 go on\r\n'] },
      };
      expect(await sendTwo(script)).toMatchObject({ outcome: 'refused', reason: 'recipient-refused' });
    });

    it('a good-bye between "go on" and the body is heard', async () => {
      const says = ['354 go on\r\n421 4.3.2 closing, try again in 6 seconds\r\n'];
      expect(await sendTwo({ data: { says } })).toMatchObject({
        outcome: 'deferred',
        reason: 'relay-full',
        retryAfter: 6_000,
      });
    });

    it('an answer too many that comes late is not taken for that to the next mail', async () => {
      peer.plays = (nth) =>
        nth === 1 ? { body: { says: ['250 Ok\r\n', '250 Ok\r\n'] } } : { mail: { after: 20 } };
      expect(await mailer.send(aMail('first'))).toMatchObject({ outcome: 'accepted' });
      const { outcome } = await mailer.send(aMail('second'));
      // It came while nothing was under way, or in the middle of the second mail, which is not sent then.
      expect(['accepted', 'deferred']).toContain(outcome);
      expect(peer.copies('<second@return-receipt.example.org>')).toBe(outcome === 'accepted' ? 1 : 0);
    });

    it('F03: "421, try again in 6 seconds" on a used connection is heard as on a fresh one', async () => {
      const busy: Play = { says: ['421 4.7.0 Rate limited, try again in 6 seconds\r\n'], then: 'hangs-up' };
      peer.plays = (nth) => (nth === 2 ? { rcpt: busy } : {});
      expect(await mailer.send(aMail('first'))).toMatchObject({ outcome: 'accepted' });
      expect(await mailer.send(aMail('second'))).toMatchObject({
        outcome: 'deferred',
        reason: 'relay-full',
        responseCode: 421,
        retryAfter: 6_000,
      });
      expect(peer.connected).toBe(1);
    });

    it.each(['mail', 'rcpt', 'data', 'body'] as const)(
      '"try again in 6 seconds" to %s is heard',
      async (moment) => {
        const later = { says: ['451 4.3.0 try again in 6 seconds\r\n'] };
        expect(await sendTwo({ [moment]: later })).toMatchObject({ outcome: 'deferred', retryAfter: 6_000 });
      },
    );

    it('"try again in 6 seconds" as a greeting is heard', async () => {
      const says = ['421 4.7.0 too many, try again in 6 seconds\r\n'];
      peer.greets = () => ({ connect: { says, then: 'hangs-up' } });
      expect(await mailer.send(aMail('first'))).toMatchObject({ outcome: 'deferred', retryAfter: 6_000 });
    });

    it.each([
      '554 5.7.1 <first@example.com>: Relay access denied',
      '550 5.1.8 <no-reply@example.org>: Sender address rejected: Domain not found',
    ])('F04: %s at RCPT is about us: tried again', async (answer) => {
      expect(await sendTwo({ rcpt: { says: [`${answer}\r\n`] } })).toMatchObject({
        outcome: 'deferred',
        reason: 'relay-refused',
      });
    });

    it.each([
      ['body', '250 2.0.0 Ok ', 'accepted'],
      ['rcpt', '550 5.1.1 ', 'refused'],
    ] as const)(
      'F01: an answer to %s that is cut in the middle of an emoji can be stored',
      async (moment, head, outcome) => {
        const answer = `${head}${'q'.repeat(499 - head.length)}\u{1F600} tail\r\n`;
        const handOver = await sendTwo({ [moment]: { says: [answer] } });
        expect(handOver).toMatchObject({ outcome });
        expect(() => encodeURIComponent(handOver.response ?? '')).not.toThrow();
      },
    );
  },
);
