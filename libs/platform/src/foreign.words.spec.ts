import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { foreignWords } from './foreign.words.js';

describe('what another server said', () => {
  it.each([
    ['250-first\r\n250 second\r\n', '250-first 250 second'],
    ['550 \u001b]0;owned\u0007 no \u001b[2Jsuch user', '550 ]0;owned no [2Jsuch user'],
    ['550 \u009b31m\u0000no', '550 31m no'],
    ['550 \u202eresu hcus on', '550 resu hcus on'],
    ['550 <ana\u001b@exam\u0000ple.com>', '550 <[address]>'],
    ['550 ñandú  🙂', '550 ñandú 🙂'],
    ['550 \ud83dno\ude42', '550 no'],
  ])('%j is kept as %j', (said, kept) => {
    expect(foreignWords(said)).toBe(kept);
  });

  it.each([498, 499, 500])('is cut between characters, with an emoji behind %i of them', (before) => {
    const said = `${'q'.repeat(before)}🙂 and more`;
    expect(foreignWords(said)).toBe(before === 498 ? `${'q'.repeat(498)}🙂` : 'q'.repeat(before));
  });

  it('steers no terminal, and is at most 500 characters long', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'a\u0000\u0007\u001b\u007f\u009b\r\n\t '),
      size: 'large',
    });
    fc.assert(
      fc.property(text, (said) => {
        expect(foreignWords(said)).toMatch(/^\P{Cc}{0,500}$/u);
      }),
    );
  });
});
