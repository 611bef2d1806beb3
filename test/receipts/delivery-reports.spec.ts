import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { readMail } from '../../libs/notifications/src/receipts/mailed.receipt.js';

const domain = 'return-receipt.example.org';
const id = '0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11';
const another = id.replace('0', '1');

interface Made {
  status: string;
  words?: string;
  type?: string;
  returned?: string;
  about?: string;
}

/** A report as a server might write it, about the mail of ours. */
function report({
  status,
  words = 'It could not be delivered.',
  type = 'message/delivery-status',
  returned = 'text/rfc822-headers',
  about = id,
}: Made): string {
  return [
    'From: Mail Delivery <mailer@mx.test>',
    'Subject: Returned',
    'Message-ID: <r1@mx.test>',
    'Date: Sun, 29 Nov 2026 19:00:00 +0000',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="bb"',
    '',
    '--bb',
    'Content-Type: text/plain',
    '',
    words,
    '--bb',
    `Content-Type: ${type}`,
    '',
    'Reporting-MTA: dns; mx.test',
    '',
    status,
    '',
    '--bb',
    `Content-Type: ${returned}`,
    '',
    `Message-ID: <${about}@${domain}>`,
    '',
    '--bb--',
    '',
  ].join('\r\n');
}

const recipient = (action: string, status: string, more = '') =>
  `Final-Recipient: rfc822; ana@example.com\r\nAction: ${action}\r\nStatus: ${status}\r\n${more}`;

async function end(mail: string): Promise<string> {
  const read = await readMail(mail, domain);
  if (!('receipt' in read))
    return 'refused' in read ? `${read.refused} ${read.notificationId === id}` : read.unheeded;
  const { kind, bounceType, reason } = read.receipt;
  return [kind, bounceType, reason].filter((word) => word !== undefined).join(' ');
}

describe('a delivery report', () => {
  it.each([
    ['a trailing space', 'failed ', '5.1.1'],
    ['a comment', 'failed (mailbox unknown)', '5.1.1 (bad destination mailbox)'],
    ['a comment before, and folding', '\r\n (said\r\n  the server) Failed', '(permanent)\r\n\t5.1.1'],
    ['a word of its own, as other programs have them', 'failure', '5.1.1'],
    ['a word of its own, though no mailbox is missing', 'expired', '5.1.1'],
  ])('says the same with %s', async (_what, action, status) => {
    expect(await end(report({ status: recipient(action, status) }))).toBe('bounce hard no-such-mailbox');
  });

  it('says the same with comments, folding and white space wherever the grammar lets them be', async () => {
    const gap = fc.constantFrom(
      '',
      ' ',
      '\t',
      ' (no)',
      '\r\n (on a line of its own)',
      '\r\n\t(one (in another)) ',
    );
    await fc.assert(
      fc.asyncProperty(gap, gap, gap, async (before, between, after) => {
        const status = recipient(`${before}failed${between} `, `${between}5.2.2${after}(full)`);
        expect(await end(report({ status }))).toBe('bounce soft mailbox-full');
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [
      'expanded, failed',
      [recipient('expanded', '2.0.0'), recipient('failed', '5.1.1')],
      'bounce hard no-such-mailbox',
    ],
    [
      'failed, delivered',
      [recipient('failed', '4.2.2'), recipient('delivered', '2.0.0')],
      'bounce soft mailbox-full',
    ],
    [
      'soft, hard',
      [recipient('failed', '5.2.2'), recipient('failed', '5.1.1')],
      'bounce hard no-such-mailbox',
    ],
    [
      'delivered, delayed',
      [recipient('delivered', '2.0.0'), recipient('delayed', '4.4.1')],
      'notice delayed',
    ],
    ['expanded, delivered', [recipient('expanded', '2.0.0'), recipient('delivered', '2.0.0')], 'delivery'],
  ])('of several recipients (%s) says the worst, in whatever order', async (_what, groups, what) => {
    expect(await end(report({ status: groups.join('\r\n\r\n') }))).toBe(what);
    expect(await end(report({ status: groups.toReversed().join('\r\n') }))).toBe(what);
  });

  it.each([
    ['message/global-delivery-status', 'message/global-headers'],
    ['message/global-delivery-status', 'message/global'],
    ['message/delivery-status', 'message/rfc822'],
  ])('comes as %s, and returns %s', async (type, returned) => {
    const status = 'Final-Recipient: utf-8; ñandú@example.com\r\nAction: failed\r\nStatus: 5.1.1';
    expect(await end(report({ status, type, returned }))).toBe('bounce hard no-such-mailbox');
  });

  it('is another one when another try came back, though the server gives all its reports one Message-ID', async () => {
    const idOf = async (status: string) => {
      const read = await readMail(report({ status }), domain);
      return 'receipt' in read ? read.receipt.id : undefined;
    };
    const one = recipient('failed', '5.1.1');
    expect(await idOf(one)).toBe(await idOf(one));
    expect(await idOf(one.replace('ana@', 'account@'))).not.toBe(await idOf(one));
  });

  it('is kept for somebody when it says what no standard knows', async () => {
    const [odd, delivered] = [recipient('wobbled', '5.1.1'), recipient('delivered', '2.0.0')];
    expect(await end(report({ status: odd }))).toBe('unknown-action true');
    expect(await end(report({ status: `${delivered}\r\n\r\n${odd}` }))).toBe('unknown-action true');
    expect(await end(report({ status: recipient('constructor', '5.1.1') }))).toBe('unknown-action true');
  });

  it.each([
    ['its diagnostic', 'Diagnostic-Code: smtp; 550 5.1.1 <ana@example.com> unknown', undefined],
    [
      'its words for people',
      '',
      'ana@example.com\r\n  host mx.test [192.0.2.1]: 550 5.1.1 nobody of this name',
    ],
  ])('that gives 5.0.0 means what the other server gives, in %s', async (_where, more, words) => {
    const mail = report({ status: recipient('failed', '5.0.0', more), words });
    expect(await end(mail)).toBe('bounce hard no-such-mailbox');
  });

  it('about two mails under one Message-ID is two facts, and about one is one', async () => {
    const idOf = async (mail: string) => {
      const read = await readMail(mail, domain);
      return 'receipt' in read ? read.receipt.id : '';
    };
    const status = recipient('failed', '5.1.1');
    const [one, again, other] = [report({ status }), report({ status }), report({ status, about: another })];
    expect(await idOf(one)).toBe(await idOf(again));
    expect(await idOf(one)).not.toBe(await idOf(other));
    expect(await idOf(one)).not.toBe(await idOf(report({ status: recipient('delayed', '4.4.1') })));
  });
});
