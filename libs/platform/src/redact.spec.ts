import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { withoutAddresses } from './redact.js';

describe('taking addresses out', () => {
  it.each([
    [
      '550 5.1.1 <a.b@example.com>: Recipient address rejected',
      '550 5.1.1 <[address]>: Recipient address rejected',
    ],
    ['RCPT TO:<ñandú@exámple.com> failed', 'RCPT TO:<[address]> failed'],
    ["550 <o'hara@example.com>: no user jose(x)@example.com", '550 <[address]>: no user [address]'],
    [JSON.stringify('a\nb{c}@example.com "x"'), '"[address] \\"x\\""'],
    ['550 <"(x)ana"@example.com>: no', '550 <[address]>: no'],
    ['550 <ana@[192.0.2.1]>: no, <ana@[IPv6:2001:db8::1]>: no', '550 <[address]>: no, <[address]>: no'],
    ['ana@[x-tag:a/b+c], ana@[ 192.0.2.1 ] and ana@[192.0.2.1', '[address], [address] and [address]'],
    ['<"ana\\"x\\\\"@example.com> <"a@b c"@[192.0.2.1]>', '<[address]> <[address]>'],
    [
      'https://x.example/?to=ana%40example.com&from=bo%2540example.com',
      'https://x.example/?to=[address]&from=[address]',
    ],
    ['/u/%22ana%20x%22%40%5B192.0.2.1%5D/mails?q', '/u/[address]/mails?q'],
    [
      'ana&#64;example.com, ana&#x40;example.com, ana＠example.com, ana\\u0040example.com',
      '[address], [address], [address], [address]',
    ],
    ['{"name":"@ana","says":"60%40","to":"@"}', '{"name":"@ana","says":"60%40","to":"@"}'],
    ['nothing to hide', 'nothing to hide'],
  ])('turns %j into %j', (text, expected) => {
    expect(withoutAddresses(text)).toBe(expected);
  });

  it('leaves in nothing that reads as an address from any of its characters on', () => {
    const address = /(?<=[^\s<>",;:@])(?<!\[address\])@[^\s<>"'(),;:@[\]{}\\]/;
    const text = fc.string({ unit: fc.constantFrom('a@é', ...'a@\'({[\\<>", \n'), size: 'medium' });
    fc.assert(
      fc.property(text, (given) => {
        expect(withoutAddresses(given)).not.toMatch(address);
      }),
    );
  });

  it('finds every address that a mail can have, in plain text, in a URL, and in JSON of JSON', () => {
    const quotable = fc.constantFrom(..."ab1@ .,:;<>[]()'/?&", '\\"', '\\\\');
    const quoted = fc
      .array(quotable, { minLength: 1, maxLength: 8 })
      .map((parts) => `"ana${parts.join('')}"`);
    const dotted = fc.stringMatching(/^[a-z0-9!#$'*+^_`{|}~-]{1,6}(\.[a-z0-9]{1,3})?$/);
    const literal = fc.constantFrom('[192.0.2.1]', '[IPv6:2001:db8::1]', '[tag:a+b/c]');
    const address = fc
      .tuple(fc.oneof(quoted, dotted), fc.oneof(literal, fc.constant('example.org')))
      .map((parts) => parts.join('@'));
    fc.assert(
      fc.property(address, fc.constantFrom('', '<', 'to=', '(', 'was '), (given, before) => {
        const text = `550 ${before}${given} no`;
        const expected =
          before === 'to=' && !given.startsWith('"') ? '550 [address] no' : `550 ${before}[address] no`;
        const open = before === '(' && !given.startsWith('"') ? '550 [address] no' : expected;
        expect(withoutAddresses(text)).toBe(open);
        const twice = JSON.stringify(JSON.stringify(text));
        expect(JSON.parse(JSON.parse(withoutAddresses(twice)) as string)).toBe(open);
        const url = `/?to=${encodeURIComponent(given)}&and=more`;
        expect(withoutAddresses(url)).toBe('/?to=[address]&and=more');
      }),
      { numRuns: 3000 },
    );
  });

  it('leaves in all that is none', () => {
    const text = fc.string({ unit: fc.constantFrom(...'aé.\'(){}[]\\<>",;: \n') });
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(withoutAddresses(`${before} <ana@example.com> @ ${after}`)).toBe(
          `${before} <[address]> @ ${after}`,
        );
      }),
    );
  });

  // Where each character is tried as a beginning, the first of these takes a day.
  it.each([
    ['a run without an end', 'a', '@'],
    ['a run that begins with an @', 'a', ''],
    ['@ only', '@', ''],
    ['halves of addresses', 'a@', ''],
    ['a host without an address', 'a.', ' @'],
    ['addresses glued together', "a@b'", ''],
    ['quotes that close what none opens', '\\\\"', '"@a'],
    ['quoted local parts', '"@', 'a'],
    ['@ escaped', '%40', 'a'],
    ['escaped ones', '\\"@a', ''],
    ['what may stand in a local part only', "'({", '@'],
  ])('takes a moment for 5 MB of %s', (_name, unit, end) => {
    const text = `@${unit.repeat(5_000_000 / unit.length)}${end}`;
    expect(withoutAddresses(text).length).toBeLessThanOrEqual(text.length * 4);
  });
});
