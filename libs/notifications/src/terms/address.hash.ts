import type { Sealer } from '#libs/platform/index.js';

/**
 * What an address is known by once a mail has gone to it: under every key, the current one first. Upper and lower case are
 * one mailbox almost everywhere.
 */
export function addressHashesOf(sealer: Sealer, address: string): string[] {
  return sealer.fingerprints(address.trim().toLowerCase(), 'deliveries.address');
}
