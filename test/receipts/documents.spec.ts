import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readMail } from '../../libs/notifications/src/receipts/mailed.receipt.js';
import { UnreadableMessage } from '../../libs/notifications/src/terms/entries.js';
import { readSes } from '../../libs/notifications/src/receipts/ses.message.js';
import { dsn, sesBounce, sesComplaint, sesDelivery } from '../support/ses.js';

const domain = 'return-receipt.example.org';
const sent = { id: '0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11', email: 'ana@example.com' };
const ses = (document: string) => readSes(JSON.parse(document), domain);

describe('what SES says', () => {
  it.each([
    ['Permanent', 'General', '5.1.1', 'hard', 'no-such-mailbox'],
    ['Permanent', 'NoEmail', '', 'hard', 'no-such-mailbox'],
    ['Permanent', 'Suppressed', '5.1.1', 'hard', 'suppressed-by-provider'],
    ['Permanent', 'OnAccountSuppressionList', '', 'hard', 'suppressed-by-provider'],
    ['Transient', 'MailboxFull', '4.2.2', 'soft', 'mailbox-full'],
    ['Transient', 'MessageTooLarge', '', 'soft', 'too-large'],
    ['Transient', 'ContentRejected', '5.7.1', 'soft', 'content-refused'],
    ['Transient', 'General', '4.4.7', 'soft', 'not-reachable'],
    // SES is known to call some permanent failures transient.
    ['Transient', 'General', '5.1.1', 'hard', 'no-such-mailbox'],
    ['Undetermined', 'Undetermined', '', 'soft', 'bounced'],
  ])('of a bounce %s, %s, %s: %s, %s', (type, subType, status, bounceType, reason) => {
    expect(ses(sesBounce(sent, { type, subType, status }))).toMatchObject({
      receipt: { notificationId: sent.id, kind: 'bounce', bounceType, reason },
    });
  });

  it('of a complaint and of a delivery', () => {
    expect(ses(sesComplaint(sent))).toMatchObject({ receipt: { kind: 'complaint' } });
    expect(ses(sesDelivery(sent))).toMatchObject({ receipt: { kind: 'delivery' } });
  });

  it('of a complaint that is none of a person: it did not even try', () => {
    const document = JSON.parse(sesComplaint(sent)) as { complaint: object };
    Object.assign(document.complaint, { complaintSubType: 'OnAccountSuppressionList' });
    expect(readSes(document, domain)).toMatchObject({ receipt: { kind: 'bounce', bounceType: 'hard' } });
  });

  it('of the same thing twice has the same id, and of another another', () => {
    const idOf = (document: string) => (ses(document) as { receipt: { id: string } }).receipt.id;
    const one = sesBounce(sent, { feedbackId: 'f1' });
    expect(idOf(one)).toBe(idOf(one));
    expect(idOf(one)).not.toBe(idOf(sesBounce(sent, { feedbackId: 'f2' })));
    expect(idOf(sesDelivery(sent))).toBe(idOf(sesDelivery(sent)));
  });

  it('of another mail, of a mail that it does not name, of a test mail, of opens and clicks', () => {
    const test = ses(sesBounce(sent, { messageId: `<test-${sent.id}@${domain}>` }));
    expect(test).toEqual({ unheeded: 'test-mail' });
    expect(ses(sesBounce(sent, { messageId: `<${sent.id}@example.net>` }))).toMatchObject({
      refused: 'not-ours',
    });
    expect(ses(sesBounce(sent, { messageId: null }))).toMatchObject({ refused: 'names-no-mail' });
    expect(ses(sesDelivery(sent).replace('"Delivery"', '"Open"'))).toEqual({ unheeded: 'of-no-consequence' });
  });

  it('of a type that nobody knows is kept for somebody, and leads to its mail', () => {
    const odd = (document: string) => ses(document.replace('"Delivery"', '"Undelivery"'));
    expect(odd(sesDelivery(sent))).toMatchObject({ refused: 'unknown-action', notificationId: sent.id });
    expect(odd(sesDelivery(sent, { messageId: `<${sent.id}@example.net>` }))).toMatchObject({
      refused: 'not-ours',
    });
    expect(odd(sesDelivery(sent, { messageId: `<test-${sent.id}@${domain}>` }))).toEqual({
      unheeded: 'test-mail',
    });
  });

  it.each(['{}', '[]', 'null', '7', '{"notificationType":"Bounce","mail":{"messageId":"m"},"bounce":{}}'])(
    'cannot be read: %s',
    (document) => {
      expect(() => ses(document)).toThrow('The message is no receipt as SES sends them');
    },
  );
});

/** As the named program writes it, about the mail of ours that was `sent`. With the line feeds of mail. */
const sample = (name: string) =>
  readFileSync(`test/receipts/mails/${name}.eml`, 'utf8').replaceAll('\n', '\r\n');

describe('what a relay sends back', () => {
  it.each([
    ['postfix', { bounceType: 'hard', reason: 'no-such-mailbox' }, '2025-03-11T14:02:09.000Z'],
    ['exim', { bounceType: 'soft', reason: 'not-reachable' }, '2025-03-11T18:02:10.000Z'],
    ['exchange', { bounceType: 'soft', reason: 'mailbox-full' }, '2025-03-11T14:02:12.000Z'],
    ['gmail', { bounceType: 'hard', reason: 'no-such-mailbox' }, '2025-03-11T14:02:09.000Z'],
  ])('is read as %s writes it, in whatever encoding', async (program, said, at) => {
    const mail = sample(program);
    const receipt = { notificationId: sent.id, kind: 'bounce', ...said, occurredAt: new Date(at) };
    expect(await readMail(mail, domain)).toMatchObject({ receipt });
    expect(await readMail(mail.replaceAll('\r\n', '\n'), domain)).toMatchObject({ receipt });
  });

  it.each([
    ['failed', '5.1.1', { kind: 'bounce', bounceType: 'hard', reason: 'no-such-mailbox' }],
    ['failed', '5.1.8', { kind: 'bounce', bounceType: 'soft', reason: 'bounced' }],
    ['failed', '5.2.1', { kind: 'bounce', bounceType: 'hard', reason: 'mailbox-disabled' }],
    ['failed', '5.2.2', { kind: 'bounce', bounceType: 'soft', reason: 'mailbox-full' }],
    ['failed', '4.4.7', { kind: 'bounce', bounceType: 'soft', reason: 'not-reachable' }],
    ['failed', '5.7.1', { kind: 'bounce', bounceType: 'soft', reason: 'content-refused' }],
    ['delivered', '2.0.0', { kind: 'delivery' }],
  ])('says %s, %s', async (action, status, said) => {
    const read = await readMail(dsn(sent, { action, status }), domain);
    expect(read).toMatchObject({ receipt: { notificationId: sent.id, ...said } });
  });

  it.each([
    ['delayed', 'delayed'],
    ['relayed', 'passed-on'],
    ['expanded', 'passed-on'],
  ])('is no more than a notice when it says %s', async (action, reason) => {
    const mail = dsn(sent, { action, status: '4.4.1' });
    expect(await readMail(mail, domain)).toMatchObject({
      receipt: { notificationId: sent.id, kind: 'notice', reason },
    });
    const ofOthers = mail.replace(`@${domain}`, '@example.net');
    expect(await readMail(ofOthers, domain)).toEqual({ unheeded: 'of-no-consequence' });
  });

  it('keeps no address', async () => {
    for (const name of ['postfix', 'exim', 'exchange', 'gmail', 'complaint'])
      expect(JSON.stringify(await readMail(sample(name), domain))).not.toContain('@');
    expect(JSON.stringify(ses(sesBounce(sent)))).not.toContain('@');
  });

  // Where its effort grew with the square of a line, a mail of this size stopped the process for hours.
  it.each([
    ['a word without an end', `Diagnostic-Code: smtp; ${'a'.repeat(2_000_000)}@`],
    ['addresses without an end', `Diagnostic-Code: smtp; ${'a@'.repeat(1_000_000)}`],
    ['white space before what ends no line', `X-Note:${' '.repeat(2_000_000)}x\rx`],
  ])('is read in a moment when it holds %s', async (_name, line) => {
    const mail = dsn(sent).replace(/^Action:/m, `${line}\r\nAction:`);
    expect(await readMail(mail, domain)).toMatchObject({ receipt: { notificationId: sent.id } });
  });

  it('is read by its first hundred recipients: what comes after has no say, and costs nothing', async () => {
    const said = (action: string) =>
      `Final-Recipient: rfc822; a\r\nAction: ${action}\r\nStatus: 5.2.2\r\n\r\n`;
    const asMany = (count: number) =>
      dsn(sent).replace('Final-Recipient:', `${said('delayed').repeat(count)}Final-Recipient:`);
    expect(await readMail(asMany(99), domain)).toMatchObject({ receipt: { bounceType: 'hard' } });
    expect(await readMail(asMany(3_000), domain)).toMatchObject({ receipt: { reason: 'delayed' } });
  });

  it('keeps no half of an address where more is said than is looked at', async () => {
    const mail = dsn(sent).replace(
      'Recipient address rejected',
      `rejected:${' '.repeat(32_680)}${'ana.maria'.repeat(10)}@example.com`,
    );
    const read = JSON.stringify(await readMail(mail, domain));
    expect(read).toContain('rejected:');
    expect(read).not.toContain('ana.maria');
  });

  it('keeps nothing that would steer a terminal', async () => {
    const mail = dsn(sent).replace('Recipient address rejected', '\u001b]0;owned\u0007 \u001b[2Jrejected');
    expect(await readMail(mail, domain)).toMatchObject({
      receipt: { diagnostic: 'smtp; 550 5.1.1 <[address]>: ]0;owned [2Jrejected' },
    });
  });

  it('is about the same thing when it comes twice, and about another when the relay writes again', async () => {
    const idOf = async (mail: string) =>
      ((await readMail(mail, domain)) as { receipt: { id: string } }).receipt.id;
    const one = sample('postfix');
    expect(await idOf(one)).toBe(await idOf(one));
    expect(await idOf(one)).not.toBe(await idOf(one.replace('20250311140209', '20250311150209')));
  });

  it('names its mail wherever the relay put it: in what it answers to, when it returns nothing', async () => {
    const mail = sample('gmail').replaceAll(/^(X-Original-)?Message-ID: *\r?\n? *<0b6f.*$/gm, '');
    const answering = mail.replace(/^References: .*\r\n/m, '');
    expect(await readMail(answering, domain)).toMatchObject({ receipt: { notificationId: sent.id } });
  });

  it('names its mail also in a line that quoted-printable broke', async () => {
    const broken = dsn(sent)
      .replace('text/rfc822-headers', 'text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable')
      .replace('Message-ID: <0b6f', 'message-id: <0b6=\r\nf');
    expect(await readMail(broken, domain)).toMatchObject({ receipt: { notificationId: sent.id } });
  });

  it('may be about another mail, about none, or quote two', async () => {
    const other = dsn(sent).replace(`@${domain}`, '@example.net');
    expect(await readMail(other, domain)).toMatchObject({ refused: 'not-ours' });
    expect(await readMail(dsn(sent).replace(/^Message-ID: .*$/m, ''), domain)).toMatchObject({
      refused: 'names-no-mail',
    });
    const two = dsn(sent).replace(
      'Subject:',
      `References: <${sent.id.replace('0', '1')}@${domain}>\r\nSubject:`,
    );
    for (const report of [two, two.replace('Action: failed', 'Action: delivered')])
      expect(await readMail(report, domain)).toMatchObject({ refused: 'names-several-mails' });
  });
});

describe('what a feedback loop sends', () => {
  const complaint = sample('complaint');
  const ofType = (type: string) => complaint.replace('Feedback-Type: abuse', `Feedback-Type: ${type}`);

  it.each(['abuse', 'fraud', 'virus', 'other', 'Abuse'])('is a complaint when it says %s', async (type) => {
    expect(await readMail(ofType(type), domain)).toMatchObject({
      receipt: {
        notificationId: sent.id,
        kind: 'complaint',
        occurredAt: new Date('2025-03-11T14:02:08.000Z'),
      },
    });
  });

  it.each(['not-spam', 'auth-failure', 'opt-out', ''])(
    'is no more than a notice when it says %j',
    async (type) => {
      expect(await readMail(ofType(type), domain)).toMatchObject({
        receipt: { notificationId: sent.id, kind: 'notice', reason: 'remarked' },
      });
    },
  );

  it('is of the time at which it was written when it does not say when it had the mail', async () => {
    const undated = complaint.replace(/^Arrival-Date: .*\r\n/m, '');
    expect(await readMail(undated, domain)).toMatchObject({
      receipt: { occurredAt: new Date('2025-03-12T09:30:00.000Z') },
    });
  });

  it('under one Message-ID is one fact for each try that it is about, however its lines end', async () => {
    const idOf = async (mail: string) => {
      const read = await readMail(mail, domain);
      return 'receipt' in read ? read.receipt.id : '';
    };
    const ofNextTry = complaint.replace(/^(Arrival-Date: .*)14:02:08/m, '$119:30:00');
    expect(await idOf(ofNextTry)).not.toBe(await idOf(complaint));
    expect(await idOf(complaint.replaceAll('\r\n', '\n'))).toBe(await idOf(complaint));
    expect(await idOf(ofType('not-spam'))).not.toBe(await idOf(complaint));
  });

  it.each(['abuse', 'not-spam'])('is refused when it says %s of two of ours', async (type) => {
    const part = (id: string) => `Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <${id}@${domain}>\r\n`;
    const boundary = /boundary="?([^"\r\n;]+)/.exec(complaint)?.[1];
    const two = ofType(type).replace(
      `--${boundary}--`,
      `--${boundary}\r\n${part(sent.id.replace('0', '1'))}\r\n--${boundary}--`,
    );
    expect(await readMail(two, domain)).toMatchObject({ refused: 'names-several-mails' });
  });

  it('is about the mail whose header it returns, whatever else it names', async () => {
    const another = `<${sent.id.replace('0', '1')}@${domain}>`;
    const chatty = complaint.replace('Version: 1', `Version: 1\r\nOriginal-Envelope-Id: ${another}`);
    expect(await readMail(chatty, domain)).toMatchObject({ receipt: { notificationId: sent.id } });
    const headersOnly = complaint.replace(
      'Content-Type: message/rfc822',
      'Content-Type: text/rfc822-headers',
    );
    expect(await readMail(headersOnly, domain)).toMatchObject({ receipt: { notificationId: sent.id } });
    const without = chatty.replace(/^Message-ID:\r\n .*\r\n/m, '');
    expect(await readMail(without, domain)).toMatchObject({ refused: 'names-no-mail' });
    const inBody = without.replace('Your return was accepted.', `Message-ID: ${another}`);
    expect(await readMail(inBody, domain)).toMatchObject({ refused: 'names-no-mail' });
    expect(await readMail(complaint.replaceAll(`@${domain}`, '@example.net'), domain)).toMatchObject({
      refused: 'not-ours',
    });
  });
});

describe('what SES says to whoever subscribed by mail', () => {
  const mailed = (document: string) =>
    [
      'From: receipts <no-reply@sns.amazonaws.com>',
      'Subject: AWS Notification Message',
      'Message-ID: <0101015@us-west-2.amazonses.com>',
      'Content-Type: text/plain; charset=UTF-8',
      '',
      document,
      '',
      '--',
      'If you wish to stop receiving notifications from this topic, please visit the link below:',
      'https://sns.us-west-2.amazonaws.com/unsubscribe.html?Endpoint=ops@example.org',
      '',
    ].join('\r\n');
  /** As servers break a line that is too long. */
  const broken = (document: string) => `${document.slice(0, 200)}!\r\n ${document.slice(200)}`;
  const read = (document: string) => readMail(mailed(document), domain);

  it('is read as the same document is by itself, whole or broken on the way', async () => {
    for (const document of [sesBounce(sent), sesComplaint(sent), sesDelivery(sent)])
      for (const sentOn of [document, broken(document), JSON.stringify(JSON.parse(document), null, 2)])
        expect(await read(sentOn)).toEqual(ses(document));
    expect(await read('{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"x"}')).toEqual({
      unheeded: 'set-up-note',
    });
    expect(await read(sesBounce(sent, { messageId: `<${sent.id}@example.net>` }))).toMatchObject({
      refused: 'not-ours',
    });
  });

  it('is about the mail of ours that is quoted below it where it names none', async () => {
    const unnamed = sesBounce(sent, { messageId: null });
    expect(await read(unnamed)).toMatchObject({ refused: 'names-no-mail' });
    const quoting = `${mailed(unnamed)}Message-ID: <${sent.id}@${domain}>\r\n`;
    expect(await readMail(quoting, domain)).toMatchObject({
      receipt: { notificationId: sent.id, kind: 'bounce', bounceType: 'hard' },
    });
  });

  it('is kept for somebody where it is cut off, and leads to its mail', async () => {
    const half = sesBounce(sent).slice(0, -20);
    expect(await read(half)).toMatchObject({ refused: 'no-report', notificationId: sent.id });
  });
});

describe('a mail that is no receipt', () => {
  it.each([
    '',
    'Subject: Out of office\r\n\r\nI am away.',
    'Content-Type: multipart/report; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--',
  ])('cannot be read: %j', async (mail) => {
    await expect(readMail(mail, domain)).rejects.toThrow(
      new UnreadableMessage('The mail is neither a delivery status notification nor a complaint (ARF)'),
    );
  });

  const asLargeAsHttpTakes = (line: string) => line.repeat(Math.floor(5_000_000 / line.length));
  const nested = Array.from(
    { length: 300 },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\n\n--b${level}\n`,
  );
  it.each([
    ['empty lines', '\n'.repeat(20_001), 'The mail has more than 20000 lines'],
    [
      'parts',
      `Content-Type: multipart/report; boundary=a\n\n${asLargeAsHttpTakes('--a\n')}`,
      'The mail has more than 20000 lines',
    ],
    [
      'one header',
      `Subject: ${asLargeAsHttpTakes('(')}`,
      'The mail is nested too deep, or has too long a header',
    ],
    [
      'groups of recipients',
      `To: ${'a:'.repeat(900_000)}\n\n`,
      'The mail is nested too deep, or has too long a header',
    ],
    ['parts in parts', nested.join(''), 'The mail is nested too deep, or has too long a header'],
  ])('is refused, and not taken apart, when it is nothing but %s', async (_name, mail, words) => {
    await expect(readMail(mail, domain)).rejects.toThrow(new UnreadableMessage(words));
  });
});
