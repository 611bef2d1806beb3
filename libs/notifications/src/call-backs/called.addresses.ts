import { BlockList, isIPv6 } from 'node:net';
import type { Network } from '#libs/platform/index.js';

/** Networks of IPv4 that are nobody's on the open internet, by the registry of special-purpose addresses. */
const SPECIAL_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** The one part of IPv6 that is open, and what in it is not: tunnels to IPv4 among it. */
const OPEN_6 = '2000::/3';
const SPECIAL_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Which addresses may be called: those of the open internet, and networks that whoever runs the service named. */
export class CalledAddresses {
  private readonly special = listOf([...SPECIAL_4, ...SPECIAL_6].map(networkOf));
  private readonly open6 = listOf([networkOf(OPEN_6)]);
  private readonly named: BlockList;

  constructor(named: readonly Network[]) {
    this.named = listOf(named);
  }

  allows(address: string): boolean {
    const plain = mapped(address) ?? address.replace(/%.*$/, '');
    const family = isIPv6(plain) ? 'ipv6' : 'ipv4';
    if (this.named.check(plain, family)) return true;
    return !this.special.check(plain, family) && (family === 'ipv4' || this.open6.check(plain, family));
  }
}

/** The address of IPv4 that one of IPv6 only wraps, however it is written. */
function mapped(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const canonical = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (!high || !low) return undefined;
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

function networkOf(text: string): Network {
  const [address = '', bits] = text.split('/');
  return { address, bits: Number(bits) };
}

function listOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, bits } of networks) list.addSubnet(address, bits, isIPv6(address) ? 'ipv6' : 'ipv4');
  return list;
}
