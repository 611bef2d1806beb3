import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { SITE, TEMPLATES } from '../../../../test/support/templates.js';
import { TemplateCatalogue } from '../template.catalogue.js';
import { toBytes } from './message.js';
import type { OutgoingMail } from './message.js';
import { quotedPrintable } from './quoted.printable.js';

const FROM = 'Tax Filing <no-reply@example.org>';
const DATE = new Date('2026-04-15T23:59:58Z');

/** The same mail as Nodemailer composes it: what was sent before the builder was ours. */
function composed(mail: OutgoingMail, from: string): Promise<Buffer> {
  return new MailComposer({
    messageId: `<${mail.messageId}>`,
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    date: DATE,
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': mail.language },
    newline: 'windows',
  })
    .compile()
    .build();
}

/** What two readers of mail make of it. */
async function read(raw: Buffer) {
  const [mailparser, postal] = await Promise.all([simpleParser(raw), PostalMime.parse(raw)]);
  const text = (read: string | undefined) => read?.replace(/\r\n/g, '\n').replace(/\n+$/, '');
  return {
    mailparser: {
      subject: mailparser.subject,
      from: mailparser.from?.value,
      to: mailparser.to,
      messageId: mailparser.messageId,
      date: mailparser.date,
      language: mailparser.headers.get('content-language'),
      auto: mailparser.headers.get('auto-submitted'),
      text: text(mailparser.text),
      html: text(mailparser.html || ''),
    },
    postal: {
      subject: postal.subject,
      from: postal.from,
      to: postal.to,
      messageId: postal.messageId,
      date: postal.date,
      text: text(postal.text),
      html: text(postal.html),
      attachments: postal.attachments.length,
    },
  };
}

function expectWellBuilt(raw: Buffer): void {
  const lines = raw.toString('latin1').split('\r\n');
  expect(lines.filter((line) => /[\r\n]|^\./.test(line))).toEqual([]);
  expect(raw.includes('\n.\r')).toBe(false);
  const head = lines.indexOf('');
  expect(Math.max(...lines.slice(head).map(({ length }) => length))).toBeLessThanOrEqual(76);
  expect(Math.max(...lines.slice(0, head).map(({ length }) => length))).toBeLessThanOrEqual(998);
}

async function expectAlike(mail: OutgoingMail, from = FROM): Promise<void> {
  const raw = toBytes(mail, from, DATE);
  expectWellBuilt(raw);
  expect(await read(raw)).toEqual(await read(await composed(mail, from)));
}

const catalogue = await TemplateCatalogue.load(TEMPLATES, SITE);
const rendered = catalogue.templates.flatMap(({ name }) =>
  catalogue.languages.flatMap((language) =>
    Object.values(catalogue.samples(name, language)).map((context) =>
      catalogue.render(name, language, context),
    ),
  ),
);
const address = {
  messageId: '0198c0de-0000-7000-8000-000000000001@return-receipt.example.org',
  to: 'ana@example.com',
};

/** Texts of every kind of line: empty, endless, with dots, spaces and equals signs where they matter, in every script. */
const words = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '.',
        '..',
        '=',
        '=3D',
        ' ',
        '\t',
        '--=_return-receipt',
        'From here',
        '',
        'x'.repeat(300),
        'ñ',
        '🧾',
        '…',
      ),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((text) => text.replace(/[^\t\n -~]/g, '')),
    ),
    { maxLength: 40 },
  )
  .chain((pieces) => fc.constantFrom(' ', '\n', '', ' \n').map((between) => pieces.join(between)));

describe('the bytes of a mail', () => {
  it('are read alike by two readers, before and after, for each template, language and sample', async () => {
    expect(rendered.length).toBeGreaterThan(170);
    for (const mail of rendered) await expectAlike({ ...mail, ...address });
  });

  it('are read alike for hundreds of mails that say anything', async () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 120 })
      .map((text) => text.replace(/\s+/g, ' ').trim() || 'x');
    await fc.assert(
      fc.asyncProperty(line, words, words, async (subject, text, html) => {
        await expectAlike({ ...address, language: 'es', subject, text: `a${text}`, html: `<p>${html}</p>` });
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['jörg@example.org', FROM],
    ['user@exämple.org', FROM],
    ['jörg@exämple.org', FROM],
    [`${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.example.org`, FROM],
    [`${'a'.repeat(70)}@example.org`, FROM],
    [`jürgen.${'x'.repeat(40)}@sehr-lange-domäne.example.org`, FROM],
    [
      'ana@example.com',
      'no-reply-notifications@direct-file.notifications.taxes.department-of-revenue.example.gov',
    ],
    ["o'neil+tax@example.co.uk", 'no-reply@example.org'],
    [
      'ana@example.com',
      '"Hacienda, Dirección General de los Impuestos y de las Contribuciones" <no-reply@exämple.org>',
    ],
    ['ana@example.com', 'Ávila 🧾 <no-reply@example.org>'],
  ])('are read alike for %s, from %s', async (to, from) => {
    await expectAlike(
      { ...address, to, language: 'en', subject: 'Accepted', text: 'Hello', html: '<p>Hello</p>' },
      from,
    );
  });

  it('are read alike where the subject is a word that fits on no line', async () => {
    const subject = `https://taxes.example.org/${'x'.repeat(60)}`;
    await expectAlike({ ...address, language: 'en', subject, text: 'Hello', html: '<p>Hello</p>' });
  });

  it('are the same each time but for their date', () => {
    const [mail] = rendered;
    if (!mail) throw new Error('no mail');
    const bytes = (date: Date) => toBytes({ ...mail, ...address }, FROM, date).toString();
    expect(bytes(DATE)).toBe(bytes(DATE));
    expect(bytes(new Date(0))).toBe(
      bytes(DATE).replace(/^Date: .*$/m, 'Date: Thu, 01 Jan 1970 00:00:00 +0000'),
    );
  });
});

describe('quoted-printable', () => {
  it.each([
    ['plain', 'plain'],
    ['.dot\n..dots', '=2Edot\r\n=2E.dots'],
    ['a=b', 'a=3Db'],
    ['end \nend\t\r\nend ', 'end=20\r\nend=09\r\nend=20'],
    ['one\rtwo\r\nthree\nfour', 'one\r\ntwo\r\nthree\r\nfour'],
    ['ñ🧾', '=C3=B1=F0=9F=A7=BE'],
    ['x'.repeat(76), `${'x'.repeat(75)}=\r\nx`],
    [`${'x'.repeat(75)}.`, `${'x'.repeat(75)}=\r\n=2E`],
    [`${'x'.repeat(70)}🧾`, `${'x'.repeat(70)}=\r\n=F0=9F=A7=BE`],
    ['\ud83d', '=EF=BF=BD'],
    ['\0\x7f', '=00=7F'],
    ['', ''],
  ])('%j is %j', (text, encoded) => {
    expect(quotedPrintable(text).toString('latin1')).toBe(encoded);
  });

  it('gives back whatever was put in', () => {
    const decoded = (bytes: Buffer) => {
      const text = bytes.toString('latin1').replace(/=\r\n/g, '');
      const raw = text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
      return Buffer.from(raw, 'latin1').toString('utf8');
    };
    for (const text of [
      '🧾'.repeat(5_000),
      'ñ'.repeat(9_999),
      '='.repeat(10_000),
      '.\r\n'.repeat(5_000),
      ' \r\n'.repeat(5_000),
    ])
      expect(decoded(quotedPrintable(text))).toBe(text);
  });
});
