import { domainToASCII } from 'node:url';

/** Control, format, unassigned, private and half characters, white space, and what else leaves no trace where it is shown. */
const UNSEEN = String.raw`\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800`;

/** A dot-atom (RFC 5322) that may go beyond ASCII (RFC 6531). Nothing quoted. */
const ATOM = String.raw`(?:[\w!#$%&'*+/=?^\x60{|}~-]|(?![${UNSEEN}])[^\0-\x7f])+`;
const LOCAL = new RegExp(String.raw`^${ATOM}(?:\.${ATOM})*$`, 'u');

/** What a domain may be written with before it is asked what it is in ASCII: no percent sign, no port, no address in brackets. */
const DOMAIN = new RegExp(String.raw`^(?:(?![${UNSEEN}])[\p{L}\p{M}\p{N}\u00b7\u30fb.-])+$`, 'u');
const LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;

/** What ends in one is an address of IPv4 to whoever resolves it. */
const NUMBER = /^(?:\d+|0x[\da-f]*)$/;

/** Octets that SMTP takes (RFC 5321, 4.5.3.1.3, without the brackets). */
const LONGEST = 254;

const WITHOUT_TRACE = new RegExp(`[${UNSEEN}<>]+`, 'gu');

/**
 * The one form of a mailbox, whichever way its address is written: the local part in NFC, its case as it is, for that is the
 * receiving server's affair; the domain as DNS has it, A-labels in lower case. This is what a relay is told, and what an address is
 * known by.
 *
 * Undefined for what is none of our grammar, which is narrow: a local part of atoms and dots, nothing quoted, and a domain name,
 * no number in its place; nothing that cannot be seen; no longer than SMTP takes (64, 253 and 254 octets).
 */
export function mailboxOf(address: string): string | undefined {
  if (address.length > LONGEST) return undefined;
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0)).normalize('NFC');
  const domain = domainOf(address.slice(at + 1));
  if (domain === undefined || !LOCAL.test(local)) return undefined;
  const octets = Buffer.byteLength(local);
  return octets <= 64 && octets + 1 + domain.length <= LONGEST ? `${local}@${domain}` : undefined;
}

/**
 * The same of an address that was taken at some time: under a wider grammar, perhaps. What cannot be seen is left out of it then,
 * and the case of its domain.
 */
export function knownMailboxOf(address: string): string {
  const mailbox = mailboxOf(address);
  if (mailbox !== undefined) return mailbox;
  const seen = address.replace(WITHOUT_TRACE, '').normalize('NFC');
  const at = seen.lastIndexOf('@');
  return mailboxOf(seen) ?? seen.slice(0, at + 1) + seen.slice(at + 1).toLowerCase();
}

function domainOf(written: string): string | undefined {
  if (!DOMAIN.test(written)) return undefined;
  // Most are in ASCII, and need not be asked.
  const domain = /^(?!.*xn--)[\w.-]+$/i.test(written) ? written.toLowerCase() : domainToASCII(written);
  const labels = domain.split('.');
  const isName = labels.every((label) => LABEL.test(label)) && !NUMBER.test(labels.at(-1) ?? '');
  return isName && domain.length <= 253 ? domain : undefined;
}
