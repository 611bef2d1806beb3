import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Mailbox } from '../../../../test/support/mailbox.js';
import { SmtpPeer } from '../../../../test/support/smtp.peer.js';
import { Mailer } from './mailer.js';
import type { OutgoingMail } from '../message/message.js';

let mailbox: Mailbox;
let mailer: Mailer;
beforeEach(async () => {
  mailbox = await Mailbox.start();
  mailer = mailerTo(mailbox.url);
});
afterEach(async () => {
  mailer.close();
  await mailbox.stop();
});

const mailerTo = (url: string, { connections = 2, timeout = 60_000 } = {}) =>
  new Mailer({ url, connections, from: 'Tax Filing <no-reply@example.org>', timeout });

/** One that loses its patience, but not with a machine that is slow. */
const impatient = (connections?: number) => mailerTo(mailbox.url, { connections, timeout: 2_000 });

function aMail(members: Partial<OutgoingMail> = {}): OutgoingMail {
  return {
    messageId: 'n1@return-receipt.example.org',
    to: 'taxpayer@example.com',
    language: 'es',
    subject: 'Aceptada: tu declaración',
    html: '<p>Hola</p>',
    text: 'Hola',
    ...members,
  };
}

describe('a mail that the relay accepts', () => {
  it('arrives with both parts, its language and the Message-ID that we gave it', async () => {
    expect(await mailer.send(aMail())).toMatchObject({ outcome: 'accepted', responseCode: 250 });
    const [mail] = mailbox.mails;
    const read = await mail?.parse();
    expect(mail).toMatchObject({
      to: ['taxpayer@example.com'],
      messageId: '<n1@return-receipt.example.org>',
    });
    expect([read?.subject, read?.text?.trim(), read?.html]).toEqual([
      'Aceptada: tu declaración',
      'Hola',
      '<p>Hola</p>',
    ]);
    expect([mail?.headers.get('content-language'), mail?.headers.get('auto-submitted')]).toEqual([
      'es',
      'auto-generated',
    ]);
  });

  it.each([
    ['Ana@Example.COM', 'Ana@example.com'],
    ['ana@bücher.example', 'ana@xn--bcher-kva.example'],
    ['ana@XN--bcher-kva.example', 'ana@xn--bcher-kva.example'],
    ['ana@ｂu\u0308cher.example', 'ana@xn--bcher-kva.example'],
    // Taken by an earlier release.
    ['\u0001ana\u200b@example.com', 'ana@example.com'],
  ])('goes to the one form of its mailbox: %j', async (to, mailbox) => {
    const peer = await SmtpPeer.start();
    const other = mailerTo(peer.url);
    expect(await other.send(aMail({ to }))).toMatchObject({ outcome: 'accepted' });
    expect(peer.mails.map(({ recipient }) => recipient)).toEqual([mailbox]);
    other.close();
  });

  it('travels with others over few connections', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => mailer.send(aMail({ messageId: `n${index}@x` }))),
    );
    expect(outcomes.every(({ outcome }) => outcome === 'accepted')).toBe(true);
    expect(mailbox.connections).toBeLessThanOrEqual(2);
  });
});

describe('what the relay answers is what we know', () => {
  it.each([
    ['421 at the greeting', { at: 'connect', code: 421 }, { outcome: 'deferred', reason: 'relay-full' }],
    ['554 at the greeting', { at: 'connect', code: 554 }, { outcome: 'deferred', reason: 'relay-refused' }],
    ['451 at MAIL FROM', { at: 'mail', code: 451 }, { outcome: 'deferred', reason: 'relay-full' }],
    ['550 at MAIL FROM', { at: 'mail', code: 550 }, { outcome: 'deferred', reason: 'relay-refused' }],
    [
      '450 at RCPT TO',
      { at: 'rcpt', code: 450 },
      { outcome: 'deferred', reason: 'relay-busy', responseCode: 450 },
    ],
    [
      '550 at RCPT TO',
      { at: 'rcpt', code: 550 },
      { outcome: 'refused', reason: 'recipient-refused', responseCode: 550 },
    ],
    [
      '452 after the body',
      { at: 'data', code: 452 },
      { outcome: 'deferred', reason: 'relay-busy', responseCode: 452 },
    ],
    [
      '554 after the body',
      { at: 'data', code: 554 },
      { outcome: 'refused', reason: 'message-refused', responseCode: 554 },
    ],
  ] as const)('%s', async (_name, answer, expected) => {
    mailbox.answer(answer);
    expect(await mailer.send(aMail())).toMatchObject(expected);
    expect(mailbox.mails).toHaveLength(0);
  });

  it.each([
    ['4.2.1 try again in 300 seconds', 300_000],
    ['greylisted, retry in 5 minutes', 300_000],
    ['please wait 1 hour', 3_600_000],
    ['mailbox 42 is busy', undefined],
  ])('%j asks us to wait %s ms', async (text, retryAfter) => {
    mailbox.answer({ at: 'rcpt', code: 451, text });
    expect(await mailer.send(aMail())).toMatchObject({ outcome: 'deferred', retryAfter });
  });

  it('without what would steer a terminal', async () => {
    mailbox.answer({ at: 'rcpt', code: 550, text: 'no \u001b[2J\u009b31msuch user' });
    expect(await mailer.send(aMail())).toMatchObject({ response: '550 no [2J 31msuch user' });
    mailbox.clear();
    mailbox.answer({ at: 'data', code: 250, text: 'queued \u001b[2J as 4XyZ' });
    expect(await mailer.send(aMail())).toMatchObject({ response: '250 queued [2J as 4XyZ' });
  });

  it('without the address that relays like to quote', async () => {
    mailbox.answer({ at: 'rcpt', code: 550, text: '5.1.1 <taxpayer@example.com>: no such user' });
    expect(JSON.stringify(await mailer.send(aMail()))).not.toContain('example.com');
  });
});

describe('a connection that is lost', () => {
  it('because nobody listens means deferred', async () => {
    const nowhere = mailerTo('smtp://127.0.0.1:9');
    expect(await nowhere.send(aMail())).toMatchObject({ outcome: 'deferred', reason: 'relay-unreachable' });
    nowhere.close();
  });

  it('before the body means deferred: certainly not sent', async () => {
    mailbox.drop({ at: 'rcpt' });
    expect(await mailer.send(aMail())).toMatchObject({ outcome: 'deferred', reason: 'relay-unreachable' });
    expect(mailbox.mails).toHaveLength(0);
  });

  it.each([true, false])(
    'after the body means unknown, whether the relay kept the mail or not (%s), and nobody sends it again',
    async (keep) => {
      mailbox.drop({ at: 'after-data', keep });
      expect(await mailer.send(aMail())).toMatchObject({ outcome: 'unknown', reason: 'lost-after-data' });
      // The pool goes on working, and had it queued the first mail again, it would arrive before this one.
      expect(await mailer.send(aMail({ messageId: 'n2@x' }))).toMatchObject({ outcome: 'accepted' });
      expect(mailbox.mails.map(({ messageId }) => messageId)).toEqual(
        keep ? ['<n1@return-receipt.example.org>', '<n2@x>'] : ['<n2@x>'],
      );
    },
  );

  it('by a gate that stays shut means deferred: certainly not sent, and the pool goes on', async () => {
    const shut = () => Promise.reject(new Error('called over'));
    expect(await mailer.send(aMail(), shut)).toMatchObject({
      outcome: 'deferred',
      reason: 'relay-unreachable',
      response: 'called over',
    });
    expect(await mailer.send(aMail({ messageId: 'n2@x' }))).toMatchObject({ outcome: 'accepted' });
    expect(mailbox.mails.map(({ messageId }) => messageId)).toEqual(['<n2@x>']);
  });

  it('while its gate is still being asked means deferred, even if the gate opens later', async () => {
    let open = (): void => undefined;
    const late = new Promise<void>((resolve) => (open = resolve));
    const hasty = impatient();
    expect(await hasty.send(aMail(), () => late)).toMatchObject({ outcome: 'deferred' });
    open();
    expect(await hasty.send(aMail({ messageId: 'n2@x' }))).toMatchObject({ outcome: 'accepted' });
    expect(mailbox.mails.map(({ messageId }) => messageId)).toEqual(['<n2@x>']);
    hasty.close();
  });

  it('in silence after the body means unknown', async () => {
    mailbox.hold();
    const hasty = impatient();
    expect(await hasty.send(aMail())).toMatchObject({ outcome: 'unknown' });
    expect(mailbox.heldCount).toBe(1);
    hasty.close();
  });
});

it('a mail that waited for a connection has time for its conversation, or none begins', async () => {
  const timeout = 2_000;
  const peer = await SmtpPeer.start();
  const slow = { after: timeout * 0.9 };
  peer.plays = (nth) => (nth === 1 ? { mail: slow, body: slow } : { body: slow });
  const narrow = mailerTo(peer.url, { connections: 1, timeout });
  // The first takes nearly all of two time-outs: the second would be cut in its body.
  const [, second] = await Promise.all(
    ['n1@x', 'n2@x'].map((messageId) => narrow.send(aMail({ messageId }))),
  );
  expect(second).toMatchObject({ outcome: 'deferred', reason: 'relay-unreachable' });
  expect(peer.copies('<n2@x>')).toBe(0);
  narrow.close();
});

it('a mail that waited too long for a connection is deferred and never leaves afterwards', async () => {
  const narrow = impatient(1);
  mailbox.hold();
  const outcomes = await Promise.all(
    ['n1@x', 'n2@x', 'n3@x'].map((messageId) => narrow.send(aMail({ messageId }))),
  );
  // The second one may have got as far as its body or not.
  expect([outcomes[0]?.outcome, outcomes[2]?.outcome]).toEqual(['unknown', 'deferred']);
  mailbox.clear();
  expect(await narrow.send(aMail({ messageId: 'n4@x' }))).toMatchObject({ outcome: 'accepted' });
  expect(mailbox.mails.map(({ messageId }) => messageId)).toEqual(['<n4@x>']);
  narrow.close();
});
