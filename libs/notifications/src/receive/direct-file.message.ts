import { z } from 'zod';
import { foreignId, freeText, label, problemsOf, rejectionCode } from '../terms/fields.js';
import { javaDate } from '../terms/instants.js';
import { contentOf, idsOf, UnreadableMessage } from '../terms/entries.js';
import type { ReadEntry, StatusEntry } from '../terms/entries.js';

/**
 * The SQS messages of IRS Direct File, read as its Java services write them: `payload` with an `@type`, and `headers`
 * that hold `headers` that hold `VERSION`. Unknown members are ignored. Source: IRS-Public/direct-file, libs/data-models.
 */

export const versions = {
  SubmissionConfirmationPayloadV1: '1.0',
  SubmissionConfirmationPayloadV2: '2.0',
  StatusChangePayloadV1: '1.0',
  StatusChangePayloadV2: '2.0',
  SendEmailPayloadV1: '1.0',
} as const;

const envelope = z.object({
  payload: z.looseObject({ '@type': z.string('is missing: it says what the payload is') }),
  // A number is coerced by the Java reader too.
  headers: z.object({
    headers: z.object({
      VERSION: z.union([z.string(), z.number().transform((n) => n.toFixed(1))], 'is missing'),
    }),
  }),
});

/** The payload of an envelope, by its type. */
export interface DirectFilePayload {
  type: string;
  payload: Record<string, unknown>;
  /** The same envelope around another payload. */
  wrap: (payload: Record<string, unknown>) => string;
}

export function isDirectFileMessage(document: unknown): boolean {
  return (
    typeof document === 'object' && document !== null && ('payload' in document || 'headers' in document)
  );
}

/** @throws UnreadableMessage when the envelope, its type or its version is not one that Direct File writes. */
export function openEnvelope(document: unknown): DirectFilePayload {
  const read = envelope.safeParse(document);
  if (!read.success)
    throw new UnreadableMessage(`The envelope is not Direct File's: ${problemsOf(read.error)}`);
  const { payload, headers } = read.data;
  const type = payload['@type'];
  const version = headers.headers.VERSION;
  if (!isKnown(type)) throw new UnreadableMessage('The payload has an @type that is not known here');
  if (versions[type] !== version)
    throw new UnreadableMessage(`${type} goes with VERSION ${versions[type]}, but the header says another`);
  const wrap = (inner: Record<string, unknown>) =>
    JSON.stringify({ payload: { '@type': type, ...inner }, headers: { headers: { VERSION: version } } });
  return { type, payload, wrap };
}

function isKnown(type: string): type is keyof typeof versions {
  return Object.hasOwn(versions, type);
}

/** Entries of a confirmation or a status change, V1 or V2. */
export function readDirectFileStatus({ type, payload, wrap }: DirectFilePayload): ReadEntry<StatusEntry>[] {
  switch (type) {
    case 'SubmissionConfirmationPayloadV1':
      return members(payload, 'receipts').map((item) => ({
        content: contentOf(item, readSubmissionReceipt),
        body: wrap({ receipts: [item] }),
        ...idsOf(item),
      }));
    case 'SubmissionConfirmationPayloadV2':
      return members(payload, 'entries').map((item) => ({
        content: contentOf(item, readConfirmation),
        body: wrap({ entries: [item] }),
        ...idsOf((item as { taxReturnSubmissionReceipt?: unknown } | null)?.taxReturnSubmissionReceipt),
      }));
    case 'StatusChangePayloadV1':
      return readStatusMap(payload, wrap);
    case 'StatusChangePayloadV2':
      return acceptedFirst(
        members(payload, 'entries').map((item) => ({
          content: contentOf(item, readStatusChange),
          body: wrap({ entries: [item] }),
          ...idsOf(item),
        })),
      );
    default:
      throw new UnreadableMessage(`${type} does not belong on this queue`);
  }
}

const optionalId = z
  .union([foreignId, z.literal('')])
  .nullish()
  .transform((value) => value || undefined);

export const submissionReceipt = z
  .object({
    taxReturnId: z
      .guid()
      .toLowerCase()
      .nullish()
      .transform((id) => id ?? undefined),
    submissionId: optionalId,
    receiptId: optionalId,
    submissionReceivedAt: javaDate,
  })
  .refine(
    ({ taxReturnId, submissionId }) => taxReturnId ?? submissionId,
    'names neither a tax return nor a submission',
  )
  // The same for readers of the JSON Schema, which cannot show a function.
  .meta({ anyOf: ['taxReturnId', 'submissionId'].map((name) => isNamed(name)) });

function isNamed(name: string) {
  return { properties: { [name]: { type: 'string', minLength: 1 } }, required: [name] };
}

function submittedEntry(read: z.infer<typeof submissionReceipt>): StatusEntry {
  const { taxReturnId, submissionId, receiptId, submissionReceivedAt } = read;
  return { taxReturnId, submissionId, receiptId, occurredAt: submissionReceivedAt, status: 'submitted' };
}

function readSubmissionReceipt(item: unknown): ReadEntry<StatusEntry>['content'] {
  const read = submissionReceipt.safeParse(item);
  return read.success ? { entry: submittedEntry(read.data) } : { refused: problemsOf(read.error) };
}

export const confirmation = z.discriminatedUnion('eventType', [
  z.object({ eventType: z.literal('Submitted'), taxReturnSubmissionReceipt: submissionReceipt }),
  z.object({
    eventType: z.literal('Failed'),
    taxReturnSubmissionReceipt: submissionReceipt,
    metadata: z.object(
      {
        failureCategory: z.preprocess(
          lowerCase,
          z.enum(['validation', 'processing'], 'must be validation or processing'),
        ),
        failureDetail: label(255).nullish(),
        errorMessage: freeText.nullish(),
      },
      'a failure needs metadata with its failureCategory',
    ),
  }),
]);

/** Event types that Direct File knows and that its confirmation handler passes over, as we do. */
const passedOver = [
  ...[
    'Processing',
    'Accepted',
    'Rejected',
    'FailureResolved',
    'PreSubmissionError',
    'PostSubmissionError',
    'ErrorResolved',
  ],
  ...['ReminderSubmit', 'ReminderResubmit', 'ReminderStateTax'],
];

function readConfirmation(item: unknown): ReadEntry<StatusEntry>['content'] {
  const eventType = (item as { eventType?: unknown } | null)?.eventType;
  if (typeof eventType === 'string' && passedOver.includes(eventType)) {
    return { refused: `a confirmation does not act on ${eventType}; send a status change instead` };
  }
  const read = confirmation.safeParse(item);
  if (!read.success) return { refused: problemsOf(read.error) };
  const submitted = submittedEntry(read.data.taxReturnSubmissionReceipt);
  if (read.data.eventType === 'Submitted') return { entry: submitted };
  const { failureCategory, failureDetail, errorMessage } = read.data.metadata;
  return {
    entry: {
      ...submitted,
      status: failureCategory === 'validation' ? 'error_xml' : 'error_mef',
      failure: {
        category: failureCategory,
        detail: failureDetail?.toLowerCase(),
        message: errorMessage ?? undefined,
      },
    },
  };
}

function readStatusMap(
  payload: Record<string, unknown>,
  wrap: DirectFilePayload['wrap'],
): ReadEntry<StatusEntry>[] {
  const read = z.record(z.string(), z.array(z.unknown()).nullable()).safeParse(payload.statusSubmissionIdMap);
  if (!read.success) throw new UnreadableMessage('statusSubmissionIdMap is not a map of lists');
  const entries = Object.entries(read.data).flatMap(([key, ids]) => {
    const distinct = [...new Set(ids ?? [])];
    return distinct.map((submissionId) => ({
      content: readStatusChange({ submissionId, status: key }),
      body: wrap({ statusSubmissionIdMap: { [key]: [submissionId] } }),
      ...idsOf({ submissionId }),
    }));
  });
  return acceptedFirst(entries);
}

/** V2 is ours: rejection codes come with the rejection (docs/decisions and shared rules). */
export const statusChange = z.object({
  submissionId: foreignId,
  status: z.preprocess(lowerCase, z.enum(['accepted', 'rejected'], 'must be accepted or rejected')),
  occurredAt: javaDate,
  rejectionCodes: z.array(rejectionCode).max(200).nullish(),
});

function readStatusChange(item: unknown): ReadEntry<StatusEntry>['content'] {
  const read = statusChange.safeParse(item);
  if (!read.success) return { refused: problemsOf(read.error) };
  return { entry: { ...read.data, rejectionCodes: read.data.rejectionCodes ?? undefined } };
}

/** Within one message an acceptance wins over a rejection of the same submission, wherever it stands. */
function acceptedFirst(entries: ReadEntry<StatusEntry>[]): ReadEntry<StatusEntry>[] {
  const accepted = (read: ReadEntry<StatusEntry>) =>
    'entry' in read.content && read.content.entry.status === 'accepted';
  return [...entries.filter(accepted), ...entries.filter((read) => !accepted(read))];
}

function members(payload: Record<string, unknown>, name: string): unknown[] {
  const list = payload[name];
  if (Array.isArray(list)) return list;
  throw new UnreadableMessage(`${name} is not a list`);
}

function lowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}
