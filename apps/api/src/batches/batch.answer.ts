import { BatchReader, MAIL_WORDS, ROWS_REMOVED } from '#libs/notifications/index.js';
import type { BatchSample, SeenBatch, ShownBatch } from '#libs/notifications/index.js';
import type { batch, batchSamples } from '../contract/batches.answers.js';
import { Problem } from '../problems/problem.js';
import type { z } from 'zod';

/** What is answered of one; times are written as ISO 8601 on their way out. */
type Answered = Record<keyof z.infer<typeof batch>, unknown>;

export const NO_SUCH_BATCH = 'No batch of this id is known.';

/** @throws Problem when there is none. */
export async function batchOf(reader: BatchReader, id: string): Promise<SeenBatch> {
  const found = await reader.find(id);
  if (!found) throw Problem.notFound(NO_SUCH_BATCH);
  return found;
}

/** One whose rows are still kept. @throws Problem when there is none. */
export async function batchWithRows(reader: BatchReader, id: string): Promise<SeenBatch> {
  const found = await batchOf(reader, id);
  if (found.rowsRemovedAt) throw Problem.notFound(ROWS_REMOVED);
  return found;
}

export function answerOf({ sameAs, approvedBy, ...batch }: SeenBatch): Answered {
  return {
    id: batch.id,
    action: batch.action,
    topic: batch.topic,
    incident: batch.incident,
    state: batch.state,
    reason: batch.reason,
    detail: batch.detail,
    origin: batch.origin,
    name: batch.name,
    sameAs: sameAs ?? undefined,
    rows: batch.rows,
    checked: batch.checked,
    counts: batch.counts,
    rate: batch.rate,
    madeBy: batch.madeBy,
    approvedBy: approvedBy ?? undefined,
    madeAt: batch.madeAt,
    startedAt: batch.startedAt,
    endedAt: batch.endedAt,
  };
}

/** In a list, where nobody counted what became of the mails. */
export function listedOf(batch: SeenBatch): Answered & { id: string; madeAt: Date } {
  return { ...answerOf(batch), id: batch.id, madeAt: batch.madeAt, counts: rowCountsOf(batch) };
}

/** What somebody looks at before they approve it. */
export function samplesOf(
  batch: SeenBatch,
  { revision, samples }: ShownBatch,
): Record<keyof z.infer<typeof batchSamples>, unknown> {
  return {
    revision,
    rows: batch.rows,
    counts: rowCountsOf(batch),
    samples: samples.map(({ taxReturnId, mail }) => ({ taxReturnId, mail: mail ? mailOf(mail) : null })),
  };
}

function rowCountsOf({ counts }: SeenBatch): object {
  return Object.fromEntries(Object.entries(counts).filter(([count]) => !(count in MAIL_WORDS)));
}

function mailOf({ language, subject, preheader, text, html }: NonNullable<BatchSample['mail']>): object {
  return { language, subject, preheader, text, html };
}
