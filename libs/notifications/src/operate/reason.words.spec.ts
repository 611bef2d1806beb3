import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BOUNCE_WORDS, bounceWordsFor } from './bounce.words.js';
import { REASON_WORDS, wordsFor } from './reason.words.js';
import type { ReasonWords } from './reason.words.js';
import { LEFT_OUT_WORDS, OVERRIDABLE } from './resend/resend.rules.js';

/** Reasons as the code of sending writes them, in TypeScript and in SQL. */
function written(): string[] {
  const folder = 'libs/notifications/src/send';
  const files = readdirSync(folder).filter((name) => !name.endsWith('.spec.ts'));
  return files.flatMap((name) =>
    [
      ...readFileSync(`${folder}/${name}`, 'utf8').matchAll(
        /(?<!q\.)\b(?:reason|giveUp)(?: =|:) '([a-z-]+)'/g,
      ),
    ].map(([, reason = '']) => reason),
  );
}

describe('every reason', () => {
  it('that the code writes has words', () => {
    expect(written().length).toBeGreaterThan(5);
    expect(written().filter((reason) => !Object.hasOwn(REASON_WORDS, reason))).toEqual([]);
  });

  it('has a sentence that can stand within one, and a task that stands alone or none', () => {
    for (const [reason, { sentence, todo }] of Object.entries<ReasonWords>({
      ...REASON_WORDS,
      ...BOUNCE_WORDS,
    })) {
      expect([reason, sentence]).toEqual([reason, expect.stringMatching(/^[a-z].*[^.]$/)]);
      if (todo !== null) expect([reason, todo]).toEqual([reason, expect.stringMatching(/^[A-Z].*\.$/)]);
    }
  });

  it('of another release is shown as it is, or as one that nobody gave', () => {
    expect(wordsFor('toString').sentence).toBe('the reason is `toString`');
    expect(bounceWordsFor('toString')).toBe(BOUNCE_WORDS.bounced);
  });

  it('to leave a mail out of a re-send has words, and those that may be overruled say how', () => {
    for (const [why, { sentence, todo }] of Object.entries(LEFT_OUT_WORDS)) {
      expect(sentence).toMatch(/\.$/);
      const isOverridable = OVERRIDABLE.some((name) => name === why);
      expect([why, todo.includes(`\`${why}\``)]).toEqual([why, isOverridable]);
    }
  });
});
