import { z } from 'zod';
import { isTooDeep, TOO_DEEP } from '#libs/platform/index.js';
import { foreignId } from './fields.js';
import type { RejectionCode } from './fields.js';
import type { Stage, Template } from './mail.kinds.js';

/** What a status message can say of a submission. */
export const STATUSES = [
  'submitted',
  'error_xml',
  'error_mef',
  'accepted',
  'rejected',
  'error_resolved',
] as const;
export type Status = (typeof STATUSES)[number];

/** One entry of a status message, whatever its source and format. */
export interface StatusEntry {
  /** Unknown for a status change of Direct File, which names the submission only. */
  taxReturnId?: string;
  submissionId?: string;
  status: Status;
  occurredAt?: Date;
  receiptId?: string;
  failure?: { category: string; detail?: string; message?: string };
  rejectionCodes?: RejectionCode[];
  incident?: string;
}

/** An entry as it stood in its message. */
export interface ReadEntry<T> {
  /** What it says, or why it cannot be applied. */
  content: { entry: T } | { refused: string };
  /** A message of this one entry in the same format: what is parked, and replayed. */
  body: string;
  /** Whom it is about, as far as that could be read. */
  taxReturnId?: string;
  submissionId?: string;
}

/** What an item of a message says, as its reader finds; unless it is nested too deeply to be read. */
export function contentOf<T>(
  item: unknown,
  read: (item: unknown) => ReadEntry<T>['content'],
): ReadEntry<T>['content'] {
  return isTooDeep(item) ? { refused: TOO_DEEP } : read(item);
}

/** A mail that somebody asks for on the queue. */
export interface SendMailEntry {
  template: Template;
  stage?: Stage;
  taxReturnId: string;
  submissionId?: string;
  userId?: string;
  /** Of a mail that was asked for before: it is to be sent after all. */
  emailId?: string;
  address?: string;
  language?: string;
  context?: Record<string, unknown>;
}

/** How an entry can end. */
export const OUTCOMES = ['applied', 'duplicate', 'parked', 'refused'] as const;

/** How an entry ended, and why. */
export interface EntryOutcome {
  outcome: (typeof OUTCOMES)[number];
  reason?: string;
  detail?: string;
}

/** The message as a whole cannot be read. The message says why, in a sentence, without values. */
export class UnreadableMessage extends Error {}

const ids = z.object({
  taxReturnId: z.guid().toLowerCase().optional().catch(undefined),
  submissionId: foreignId.optional().catch(undefined),
});

/** The ids in something that may not fit its schema, for the operator who looks for it. */
export function idsOf(item: unknown): { taxReturnId?: string; submissionId?: string } {
  const read = ids.safeParse(item);
  return read.success ? read.data : {};
}
