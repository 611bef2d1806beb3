import { z } from 'zod';
import { isDirectFileMessage, openEnvelope, readDirectFileStatus } from './direct-file.message.js';
import { contentOf, idsOf, STATUSES, UnreadableMessage } from '../terms/entries.js';
import type { ReadEntry, StatusEntry } from '../terms/entries.js';
import { foreignId, freeText, label, problemsOf, rejectionCode } from '../terms/fields.js';
import { happenedAt } from '../terms/instants.js';

/** A native SubmissionStatusMessage. Unknown members are ignored, unknown statuses are refused. */
export const submissionStatusMessage = z.object({
  taxReturnId: z.guid().toLowerCase().describe("The backend's id of the tax return."),
  submissionId: foreignId.nullish().describe("The authority's id of the submission."),
  status: z.enum(STATUSES),
  occurredAt: happenedAt.nullish().describe('When it happened; the time of receipt when absent.'),
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

/** Reads a status message in any of its formats. @throws UnreadableMessage when it is in none. */
export function readStatus(document: unknown): ReadEntry<StatusEntry>[] {
  if (isDirectFileMessage(document)) return readDirectFileStatus(openEnvelope(document));
  if (typeof document !== 'object' || document === null)
    throw new UnreadableMessage('The message is not an object or a list');
  return readNativeEntries(document);
}

/** Reads native entries: one, or a list. Each stands alone. */
export function readNativeEntries(document: unknown): ReadEntry<StatusEntry>[] {
  const items: unknown[] = Array.isArray(document) ? document : [document];
  return items.map((item) => readNativeEntry(item));
}

function readNativeEntry(item: unknown): ReadEntry<StatusEntry> {
  return { content: contentOf(item, readNativeContent), body: JSON.stringify(item), ...idsOf(item) };
}

function readNativeContent(item: unknown): ReadEntry<StatusEntry>['content'] {
  const read = submissionStatusMessage.safeParse(item);
  return read.success
    ? { entry: withoutNulls(read.data) as StatusEntry }
    : { refused: problemsOf(read.error) };
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
