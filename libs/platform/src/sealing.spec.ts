import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Sealer, SealError } from './sealing.js';

const key = (id: string, byte: number) => ({ id, key: Buffer.alloc(32, byte) });
const sealerWith = (...keys: ReturnType<typeof key>[]) => new Sealer({ ENCRYPTION_KEYS: keys });
const sealer = sealerWith(key('k1', 1));

describe('what is sealed', () => {
  it('opens as the same text for its row, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(sealer.open(sealer.seal(text, 'row 1'), 'row 1')).toBe(text);
      }),
    );
  });

  it('is never the same twice and never holds its text', () => {
    const sealed = [1, 2].map(() => sealer.seal('taxpayer@example.com', 'row'));
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(sealed[0]).toMatch(/^k1\.[\w-]+$/);
  });

  it('does not open for another row', () => {
    expect(() => sealer.open(sealer.seal('text', 'row 1'), 'row 2')).toThrow(SealError);
  });

  it('does not open when a byte was changed', () => {
    const sealed = sealer.seal('a text of some length', 'row');
    fc.assert(
      fc.property(fc.integer({ min: 3, max: sealed.length - 2 }), (at) => {
        const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
        expect(() => sealer.open(changed, 'row')).toThrow(SealError);
      }),
    );
  });

  it('opens after a new key was put in front, and not once its key is gone', () => {
    const sealed = sealer.seal('text', 'row');
    expect(sealerWith(key('k2', 2), key('k1', 1)).open(sealed, 'row')).toBe('text');
    expect(() => sealerWith(key('k2', 2)).open(sealed, 'row')).toThrow(/ENCRYPTION_KEYS/);
  });
});
