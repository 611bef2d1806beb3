import { foldedMailboxOf } from '../terms/address.hash.js';

/** Whether a test mail may go to this address: it is listed itself, or its domain, or all are. */
export function isAllowed(address: string, allowed: readonly string[]): boolean {
  const wanted = foldedMailboxOf(address);
  const domain = wanted.slice(wanted.lastIndexOf('@') + 1);
  return allowed.some((entry) => entry === '*' || entry === wanted || entry === domain);
}
