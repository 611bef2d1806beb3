import { describe, expect, it } from 'vitest';
import { Sealer } from '#libs/platform/index.js';
import { addressHashesOf } from './address.hash.js';
import { emailAddress } from './fields.js';

const key = (id: string, byte: number) => ({ id, key: Buffer.alloc(32, byte) });
const sealer = new Sealer({ ENCRYPTION_KEYS: [key('new', 1), key('old', 2)] });
const hashesOf = (address: string) => addressHashesOf(sealer, address);
const asHashedBefore = (address: string) =>
  sealer.fingerprints(address.trim().toLowerCase(), 'deliveries.address');

describe('an address is known by one hash', () => {
  it.each([
    ['the same domain in another script', 'sup3@bücher.example', 'sup3@xn--bcher-kva.example'],
    ['upper case', 'ana@example.com', 'ANA@EXAMPLE.COM'],
    ['another form of the same letters', 'jo\u0308rg@exämple.org', 'JÖRG@EXA\u0308MPLE.ORG'],
    ['what nobody sees, of an address that was taken before', 'sup2@example.com', '\u0001sup2@example.com'],
  ])('in %s', (_how, one, other) => {
    expect(hashesOf(one)[0]).toBe(hashesOf(other)[0]);
  });

  it('and another mailbox by another', () => {
    const all = [
      'ana@example.com',
      'anb@example.com',
      'ana@example.org',
      'ana@bücher.example',
      'ana@bucher.example',
    ];
    expect(new Set(all.map((address) => hashesOf(address)[0])).size).toBe(all.length);
  });

  it('and is found by what it was hashed as before, in both scripts, under every key', () => {
    for (const address of ['ana@bücher.example', 'ana@xn--bcher-kva.example', 'Ana@BÜCHER.example'])
      for (const before of ['ana@bücher.example', 'ana@xn--bcher-kva.example'])
        expect(hashesOf(address)).toEqual(expect.arrayContaining(asHashedBefore(before)));
    const plain = 'Ana@Example.com';
    expect(hashesOf(plain)).toEqual(asHashedBefore(plain));
  });
});

it.each(['ana@\u00adexample.com', '"ana b"@example.com', 'ana@[192.0.2.1]', 'a..b@example.com', 'x', ''])(
  'what is no address of ours is refused, in one sentence: %j',
  (address) => {
    expect(emailAddress.safeParse(address).error?.issues.map(({ message }) => message)).toEqual([
      'is not an e-mail address that mail can be sent to',
    ]);
  },
);
