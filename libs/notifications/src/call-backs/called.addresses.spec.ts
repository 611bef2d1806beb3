import { describe, expect, it } from 'vitest';
import { CalledAddresses } from './called.addresses.js';

const open = new CalledAddresses([]);

describe('an address that a call-back leads to', () => {
  it.each(['93.184.216.34', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    '%s may be called',
    (address) => expect(open.allows(address)).toBe(true),
  );

  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd00:ec2::254',
    'fec0::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
  ])('%s may not', (address) => expect(open.allows(address)).toBe(false));

  it('of IPv4 in IPv6 is judged as that of IPv4', () => {
    expect(open.allows('::ffff:8.8.8.8')).toBe(true);
  });

  it('may be inside a network that is named, and in no other', () => {
    const named = new CalledAddresses([
      { address: '10.20.0.0', bits: 16 },
      { address: 'fd00:1::', bits: 32 },
    ]);
    const inside = ['10.20.1.1', '::ffff:10.20.1.1', 'fd00:1::7'];
    const outside = ['10.21.0.1', '127.0.0.1', 'fd00:2::7'];
    expect([...inside, ...outside].map((address) => named.allows(address))).toEqual([
      ...inside.map(() => true),
      ...outside.map(() => false),
    ]);
  });
});
