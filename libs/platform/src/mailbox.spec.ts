import { domainToUnicode } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownMailboxOf, mailboxOf } from './mailbox.js';

describe('a mailbox has one form', () => {
  it.each([
    ['ana@example.com', 'ana@example.com'],
    ['Ana.B+tax@Example.COM', 'Ana.B+tax@example.com'],
    ["o'neil@xn--BCHER-kva.example", "o'neil@xn--bcher-kva.example"],
    ['ana@bücher.example', 'ana@xn--bcher-kva.example'],
    ['ana@BÜCHER.example', 'ana@xn--bcher-kva.example'],
    ['ana@bu\u0308cher.example', 'ana@xn--bcher-kva.example'],
    ['ana@ｅｘａｍｐｌｅ.com', 'ana@example.com'],
    ['ana@faß.example', 'ana@xn--fa-hia.example'],
    ['jo\u0308rg@exämple.org', 'jörg@xn--exmple-cua.org'],
    ['用户@例え.jp', '用户@xn--r8jz45g.jp'],
    ['tax@localhost', 'tax@localhost'],
    [`${'a'.repeat(64)}@example.org`, `${'a'.repeat(64)}@example.org`],
  ])('%s is %s', (address, mailbox) => {
    expect(mailboxOf(address)).toBe(mailbox);
    expect(knownMailboxOf(address)).toBe(mailbox);
  });

  it.each([
    ['no @', 'example.com'],
    ['nothing before it', '@example.com'],
    ['nothing behind it', 'ana@'],
    ['two of them', 'ana@b@example.com'],
    ['white space', 'ana b@example.com'],
    ['a quoted local part', '"ana b"@example.com'],
    ['an address literal', 'ana@[192.0.2.1]'],
    ['an address of IPv6', 'ana@[IPv6:2001:db8::1]'],
    ['a number in the place of a name', 'ana@192.0.2.1'],
    ['a number in hexadecimal', 'ana@0x7f000001'],
    ['a comment', 'ana(x)@example.com'],
    ['two dots', 'ana..b@example.com'],
    ['a dot at the beginning', '.ana@example.com'],
    ['a dot at the end of the domain', 'ana@example.com.'],
    ['an empty label', 'ana@example..com'],
    ['a hyphen at the end of a label', 'ana@example-.com'],
    ['an underscore in the domain', 'ana@my_example.com'],
    ['a percent sign in the domain', 'ana@ex%61mple.com'],
    ['a port', 'ana@example.com:25'],
    ['a broken A-label', 'ana@xn--zzzzzz.com'],
    ['a local part that SMTP does not take', `${'a'.repeat(65)}@example.org`],
    ['one that is too long in octets', `${'ä'.repeat(33)}@example.org`],
    ['a label that DNS does not take', `ana@${'b'.repeat(64)}.org`],
    ['a domain that SMTP does not take', `${'a'.repeat(64)}@${'b.'.repeat(95)}org`],
    ['half a character', 'ana\ud83d@example.com'],
  ])('%s is refused', (_what, address) => {
    expect(mailboxOf(address)).toBeUndefined();
  });

  const unseen = [
    ...[
      '\u0000',
      '\u0001',
      '\t',
      '\r',
      '\n',
      '\u001b',
      '\u007f',
      '\u0085',
      '\u00a0',
      '\u00ad',
      '\u034f',
      '\u061c',
    ],
    ...[
      '\u115f',
      '\u17b4',
      '\u180e',
      '\u200b',
      '\u200d',
      '\u200e',
      '\u202e',
      '\u2028',
      '\u2060',
      '\u2066',
      '\u2800',
    ],
    ...['\u3000', '\u3164', '\ufe0f', '\ufeff', '\uffa0', '\ue000', '\u{e0061}', '\u{f0000}', '\u0378'],
  ];

  it.each(unseen.map((character) => [character.codePointAt(0)?.toString(16), character] as const))(
    'U+%s is refused wherever it stands, and left out of what was taken before',
    (_code, character) => {
      for (const address of [
        `${character}ana@example.com`,
        `an${character}a@example.com`,
        `ana${character}@example.com`,
      ])
        expect([mailboxOf(address), knownMailboxOf(address)]).toEqual([undefined, 'ana@example.com']);
      for (const address of [
        `ana@${character}example.com`,
        `ana@exam${character}ple.com`,
        `ana@example.com${character}`,
      ])
        expect(mailboxOf(address)).toBeUndefined();
    },
  );
});

const usual = [...'abzAZ09', 'ü', 'u\u0308', 'É', 'ß', 'é', '例', 'ｘ', 'й'];
const text = (...more: string[]) =>
  fc.string({ unit: fc.constantFrom(...usual, ...more), minLength: 1, maxLength: 12 });
const odd = ['-', '+', '_', '.', '\u200b', '"', ' ', '%', '['];
const local = fc.oneof(
  { weight: 6, arbitrary: text('+', '_') },
  { weight: 1, arbitrary: text(...odd) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
);
const label = fc.oneof({ weight: 6, arbitrary: text() }, { weight: 1, arbitrary: text(...odd) });
const address = fc
  .tuple(local, label, fc.constantFrom('com', 'example', 'рф', 'COM'))
  .map(([before, name, end]) => `${before}@${name}.${end}`);

it('whatever is taken has the form of its form, in every spelling of it', () => {
  let taken = 0;
  fc.assert(
    fc.property(address, (written) => {
      const mailbox = mailboxOf(written);
      // What was kept before is told to a relay too: always the same, however often it is asked.
      expect(knownMailboxOf(knownMailboxOf(written))).toBe(knownMailboxOf(written));
      if (mailbox === undefined) return;
      taken += 1;
      const [local = '', domain = ''] = mailbox.split('@');
      expect(domain).toMatch(/^[a-z\d.-]+$/);
      expect(local).toBe(written.slice(0, written.lastIndexOf('@')).normalize('NFC'));
      const spellings = [
        domain,
        domain.toUpperCase(),
        domainToUnicode(domain),
        domainToUnicode(domain).normalize('NFD'),
      ];
      for (const spelling of spellings) {
        expect(mailboxOf(`${local}@${spelling}`)).toBe(mailbox);
        expect(mailboxOf(`${local.normalize('NFD')}@${spelling}`)).toBe(mailbox);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(taken).toBeGreaterThan(300);
});
