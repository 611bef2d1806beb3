import { describe, expect, it } from '@jest/globals';
import { readDsn } from '../../libs/notifications/src/receipts/dsn.message.js';
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

  it.each(['{}', '[]', 'null', '7', '{"notificationType":"Bounce","mail":{"messageId":"m"},"bounce":{}}'])(
    'cannot be read: %s',
    (document) => {
      expect(() => ses(document)).toThrow('The message is no receipt as SES sends them');
    },
  );
});

describe('what a relay sends back', () => {
  it.each([
    ['failed', '5.1.1', { kind: 'bounce', bounceType: 'hard', reason: 'no-such-mailbox' }],
    ['failed', '5.1.8', { kind: 'bounce', bounceType: 'soft', reason: 'bounced' }],
    ['failed', '5.2.1', { kind: 'bounce', bounceType: 'hard', reason: 'mailbox-disabled' }],
    ['failed', '5.2.2', { kind: 'bounce', bounceType: 'soft', reason: 'mailbox-full' }],
    ['failed', '4.4.7', { kind: 'bounce', bounceType: 'soft', reason: 'not-reachable' }],
    ['failed', '5.7.1', { kind: 'bounce', bounceType: 'soft', reason: 'content-refused' }],
    ['delivered', '2.0.0', { kind: 'delivery' }],
  ])('says %s, %s', (action, status, said) => {
    const read = readDsn(dsn(sent, { action, status }), domain);
    expect(read).toMatchObject({ receipt: { notificationId: sent.id, ...said } });
  });

  it('is of no consequence while it goes on trying', () => {
    expect(readDsn(dsn(sent, { action: 'delayed', status: '4.4.1' }), domain)).toEqual({
      unheeded: 'of-no-consequence',
    });
  });

  it('keeps no address', () => {
    expect(JSON.stringify(readDsn(dsn(sent), domain))).not.toContain('@');
    expect(JSON.stringify(ses(sesBounce(sent)))).not.toContain('@');
  });

  it('names its mail wherever the relay put it: with bare line feeds, in lower case, broken by quoted-printable', () => {
    const mail = dsn(sent).replaceAll('\r\n', '\n').replace('Message-ID: <0b6f', 'message-id: <0b6=\nf');
    expect(readDsn(mail, domain)).toMatchObject({ receipt: { notificationId: sent.id } });
  });

  it('may be about another mail, about none, or quote two', () => {
    const other = dsn(sent).replace(`@${domain}`, '@example.net');
    expect(readDsn(other, domain)).toMatchObject({ refused: 'not-ours' });
    expect(readDsn(dsn(sent).replace(/^Message-ID: .*$/m, ''), domain)).toMatchObject({
      refused: 'names-no-mail',
    });
    const two = `${dsn(sent)}\r\nReferences: <${sent.id.replace('0', '1')}@${domain}>\r\n`;
    expect(readDsn(two, domain)).toMatchObject({ refused: 'names-several-mails' });
  });

  it.each([
    '',
    'Subject: Out of office\r\n\r\nI am away.',
    'Content-Type: multipart/report; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--',
  ])('cannot be read: %j', (mail) => {
    expect(() => readDsn(mail, domain)).toThrow('The mail is no delivery status notification');
  });
});
