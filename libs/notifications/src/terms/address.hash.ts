import { domainToUnicode } from 'node:url';
import { knownMailboxOf, SealError } from '#libs/platform/index.js';
import type { Sealer } from '#libs/platform/index.js';

/**
 * Which mailbox is meant: what the relay is told, in lower case. Before the @ the case is the receiving server's affair, and it is
 * told as it was given; but upper and lower case are one mailbox almost everywhere. To be withheld where they are two, and one of
 * them dead, is rarer and less harm than to send to a dead one again for the sake of a letter.
 */
export function foldedMailboxOf(address: string): string {
  return knownMailboxOf(address).toLowerCase().normalize('NFC');
}

/**
 * What an address is known by once a mail has gone to it: hashes of its folded mailbox, under every key, the current one first.
 * Behind them come those of the forms in which addresses were hashed before: what is kept under one is found until it is hashed
 * anew (`receipts/address.rehash.ts`).
 */
export function addressHashesOf(sealer: Sealer, address: string): string[] {
  const mailbox = foldedMailboxOf(address);
  const forms = new Set([mailbox, address.trim().toLowerCase(), inItsScript(mailbox)]);
  return [...forms].flatMap((form) => sealer.fingerprints(form, 'deliveries.address'));
}

/**
 * The same of an address as it is kept; undefined where it cannot be opened, because its key is gone.
 * @param row what it was sealed for.
 */
export function sealedAddressHashesOf(sealer: Sealer, sealed: string, row: string): string[] | undefined {
  try {
    return addressHashesOf(sealer, sealer.open(sealed, row));
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

function inItsScript(mailbox: string): string {
  if (!mailbox.includes('xn--')) return mailbox;
  const domain = mailbox.lastIndexOf('@') + 1;
  return mailbox.slice(0, domain) + domainToUnicode(mailbox.slice(domain));
}
