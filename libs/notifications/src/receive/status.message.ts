import { z } from 'zod';
import { withoutAddresses } from '#libs/platform/index.js';

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

/** An id that somebody else gave: no white space, and never an e-mail address. */
export const foreignId = z.string().regex(/^[\w.:-]{1,255}$/, 'may hold letters, digits and . _ : - only');

/** Without what Postgres takes in no text: NUL, and halves of a character that a cut left behind. */
function storable(text: string): string {
  return Buffer.from(text.replaceAll('\u0000', '')).toString();
}

/** Words for people, kept in plain text: what looks like an e-mail address is taken out, what is too long is cut. */
export const label = (longest: number) =>
  z.string().transform((text) => storable(withoutAddresses(text).slice(0, longest)));

/** Free text that is kept sealed, cut where nobody reads on. */
export const freeText = z.string().transform((text) => storable(text.slice(0, 10_000)));

/** A language as people write one: en, es, zh-hans. */
export const languageTag = z
  .string()
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'is not a language tag such as en or es');

/** A rejection code, in the members and spelling that the filing client knows. */
export const rejectionCode = z.object({
  MeFErrorCode: foreignId.describe('The rule that the authority found broken, such as F1040-525-03.'),
  TranslationKey: label(128)
    .nullish()
    .describe('Where the client finds its own words; status.reject.<rule> when absent.'),
  MeFDescription: label(4000).nullish().describe("The authority's own words."),
});
export type RejectionCode = z.infer<typeof rejectionCode>;

/** An instant: ISO 8601 with an offset, of a year that people and databases agree on. */
export const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 1900 && date.getUTCFullYear() < 10_000, 'is not of our time');

/** A native SubmissionStatusMessage. Unknown members are ignored, unknown statuses are refused. */
export const submissionStatusMessage = z.object({
  taxReturnId: z.guid().toLowerCase().describe("The backend's id of the tax return."),
  submissionId: foreignId.nullish().describe("The authority's id of the submission."),
  status: z.enum(STATUSES),
  occurredAt: instant.nullish().describe('When it happened; the time of receipt when absent.'),
  receiptId: foreignId.nullish().describe("The authority's receipt, with `submitted`."),
  failure: z
    .object({
      category: label(64),
      detail: label(255).nullish(),
      message: freeText.nullish().describe('Free text; kept encrypted.'),
    })
    .nullish()
    .describe('With error_xml and error_mef.'),
  rejectionCodes: z.array(rejectionCode).max(200).nullish().describe('With rejected.'),
  incident: label(255).nullish().describe('A label for people.'),
});

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

/** The message as a whole cannot be read. The message says why, in a sentence, without values. */
export class UnreadableMessage extends Error {}

/** Reads native entries: one, or a list. Each stands alone. */
export function readNativeEntries(document: unknown): ReadEntry<StatusEntry>[] {
  const items: unknown[] = Array.isArray(document) ? document : [document];
  return items.map((item) => readNativeEntry(item));
}

function readNativeEntry(item: unknown): ReadEntry<StatusEntry> {
  const body = JSON.stringify(item);
  const read = submissionStatusMessage.safeParse(item);
  if (!read.success) return { content: { refused: problemsOf(read.error) }, body, ...idsOf(item) };
  return { content: { entry: withoutNulls(read.data) as StatusEntry }, body, ...idsOf(item) };
}

const ids = z.object({
  taxReturnId: z.guid().toLowerCase().optional().catch(undefined),
  submissionId: foreignId.optional().catch(undefined),
});

/** The ids in something that may not fit its schema, for the operator who looks for it. */
export function idsOf(item: unknown): { taxReturnId?: string; submissionId?: string } {
  const read = ids.safeParse(item);
  return read.success ? read.data : {};
}

/** Every problem of a value in one line: members and what they should be, never what they are. */
export function problemsOf(error: z.ZodError): string {
  return error.issues
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ` : '') + issue.message)
    .join('; ');
}

function withoutNulls<T extends object>(value: T): object {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([name, member]: [string, unknown]) => [
        name,
        typeof member === 'object' && member !== null && !Array.isArray(member) && !(member instanceof Date)
          ? withoutNulls(member)
          : member,
      ]),
  );
}
