import { expect, it } from 'vitest';
import fc from 'fast-check';
import { hashOf, isSecretOf, keyTextOf, newKeyText, written } from './key.text.js';

it('a key is read back as it was written, and no two are alike', () => {
  const keys = Array.from({ length: 100 }, newKeyText);
  for (const key of keys) expect(keyTextOf(written(key))).toEqual(key);
  expect(new Set(keys.map(({ id }) => id)).size).toBe(100);
  expect(new Set(keys.map(({ secret }) => secret)).size).toBe(100);
  expect(Buffer.from(newKeyText().secret, 'base64url')).toHaveLength(32);
});

it('what is not written like a key is none', () => {
  const key = written(newKeyText());
  for (const text of ['', 'rr_local_abc', key.slice(1), `${key}x`, `${key} `, key.replace('rr_', 'rr_A')])
    expect(keyTextOf(text)).toBeUndefined();
});

it('a secret is the one of its hash only, wherever another differs and however long it is', () => {
  const { secret } = newKeyText();
  const hash = hashOf(secret);
  expect(isSecretOf(secret, hash)).toBe(true);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: secret.length - 1 }), (at) => {
      const other = secret.slice(0, at) + (secret[at] === 'A' ? 'B' : 'A') + secret.slice(at + 1);
      expect(isSecretOf(other, hash)).toBe(false);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(isSecretOf(text, hash)).toBe(text === secret);
    }),
  );
  expect(isSecretOf(secret, undefined)).toBe(false);
});
