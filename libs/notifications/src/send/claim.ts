import type { KeptCodes } from '../returns/kept.codes.js';

/** Who holds a notification: the attempt is the token. */
export interface Claim {
  id: string;
  attempt: number;
}

export function idOf({ id }: Claim): string {
  return id;
}

export function tokenOf({ id, attempt }: Claim): string {
  return `${id}-${attempt}`;
}

/** `suppressed`: nothing may be sent to this address. */
export type Opened = 'opened' | 'suppressed' | 'lost';

/** A notification in a worker's hands, with what the directory knows of its return. */
export interface ClaimedNotification extends Claim {
  taxReturnId: string;
  template: string;
  occurrence: string;
  stage: string | null;
  submissionUuid: string | null;
  language: string | null;
  address: string | null;
  context: string | null;
  notAfter: Date | null;
  isAsked: boolean;
  overruled: string[];
  /** Asked for together with many others. */
  inBatch: boolean;
  /** Its batch was ended meanwhile. */
  isWithdrawn: boolean;
  /** A batch asked for it, and not a caller who only calls it so. */
  isOfABatch: boolean;
  /** When this round began. */
  openedAt: Date;
  /** To the account's address alone. */
  toAccount: boolean;
  /** Tries of this round, this one included. */
  tries: number;
  /** Milliseconds since this round began. */
  age: number;
  email: string | null;
  accountEmail: string | null;
  directoryLanguage: string | null;
  taxYear: number | null;
  rejectionCodes: KeptCodes | null;
}
