import {
  BatchApproval,
  BatchHand,
  BatchReader,
  BatchSamples,
  BatchService,
  csvRows,
  subjectOf,
  textOf,
} from '#libs/notifications/index.js';
import type { BatchAction, BatchAsk, BatchMove, SeenBatch } from '#libs/notifications/index.js';
import { confirmationV2, failed } from '#apps/local/src/direct-file.messages.js';
import { eventually } from './eventually.js';
import { aReturn } from './make.js';
import type { MadeReturn, ReturnOptions } from './make.js';
import type { Stack } from './stack.js';

export const MADE_BY = { actor: 'Ada', reason: 'the fix is out' };
export const OTHER = { actor: 'Grace', reason: 'looked at the report' };

export interface ListOptions {
  action?: BatchAction;
  incident?: string;
  topic?: string;
  column?: string;
  ordered?: BatchAsk['ordered'];
}

/** Sends a list as a person would, and waits until all of its rows are looked at, or it is refused. */
export async function aBatch(
  stack: Stack,
  list: string | Uint8Array,
  { action = 'error-resolved', column, ...ask }: ListOptions = {},
): Promise<SeenBatch> {
  const id = await aList(stack, list, { action, column, ...ask });
  return seenBatch(stack, id, (batch) => batch.state !== 'validating', 'a list that is looked at');
}

/** Sends a list as a person would. @returns the id of its batch. */
export async function aList(
  stack: Stack,
  list: string | Uint8Array,
  { action = 'error-resolved', column, ...ask }: ListOptions,
): Promise<string> {
  const bytes = typeof list === 'string' ? Buffer.from(list) : list;
  const text = await textOf(piecesOf(bytes));
  const rows = csvRows(text, { kind: subjectOf(action), column });
  return stack.app.get(BatchService).take({ action, ...ask }, 'upload', rows, MADE_BY);
}

/** Works on it here until nothing is to be done without a person: no worker has to run. */
export async function workedHere(stack: Stack, id: string): Promise<SeenBatch> {
  await stack.app.get(BatchHand).work(id, new AbortController().signal);
  return batchNow(stack, id);
}

/** Starts it, and waits until each row has its result and each mail is settled. */
export async function runBatch(stack: Stack, id: string): Promise<SeenBatch> {
  await move(stack, id, 'start-batch');
  return finishedBatch(stack, id);
}

export async function finishedBatch(stack: Stack, id: string, timeout?: number): Promise<SeenBatch> {
  await seenBatch(stack, id, ({ state }) => state === 'finished', 'a batch that is finished', timeout);
  await stack.idle();
  return batchNow(stack, id);
}

/** What somebody does to it; who approves it has looked at it. */
export async function move(stack: Stack, id: string, what: BatchMove, acting = MADE_BY): Promise<void> {
  if (what !== 'approve-batch') return stack.app.get(BatchService).move(id, what, acting);
  const { revision } = await stack.app.get(BatchSamples).shown(await batchNow(stack, id));
  await stack.app.get(BatchApproval).approve(id, revision, acting);
}

export async function batchNow(stack: Stack, id: string): Promise<SeenBatch> {
  const batch = await stack.app.get(BatchReader).find(id);
  if (!batch) throw new Error(`there is no batch ${id}`);
  return batch;
}

export function seenBatch(
  stack: Stack,
  id: string,
  isSo: (batch: SeenBatch) => boolean,
  because: string,
  /** Milliseconds; of a large one. */
  timeout?: number,
): Promise<SeenBatch> {
  return eventually(
    async () => {
      const batch = await batchNow(stack, id);
      return isSo(batch) ? batch : undefined;
    },
    { because, timeout },
  );
}

/** The results of a batch, line by line, without the heading. */
export async function resultsOf(stack: Stack, id: string): Promise<string[]> {
  let text = '';
  for await (const part of stack.app.get(BatchReader).results(id)) text += part;
  return text.trimEnd().split('\r\n').slice(1);
}

/** Counts that are not zero. */
export function countsOf({ counts }: SeenBatch): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** A return whose submission failed. */
export async function aFailed(stack: Stack, options: ReturnOptions = {}): Promise<MadeReturn> {
  const made = await aReturn(stack, options);
  await failAgain(stack, made);
  return made;
}

/** It fails once more: a failure that a fix can resolve. */
export async function failAgain(stack: Stack, made: MadeReturn): Promise<void> {
  await stack.put('confirmation', confirmationV2([failed(made)]));
  await stack.idle();
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  // Small and odd, so that characters, ids and the ends of lines are cut in two.
  for (let from = 0; from < bytes.length; from += 1_021)
    yield await Promise.resolve(bytes.subarray(from, from + 1_021));
}

/** Its mails are gone, as if they had been sent: for files that start no worker. */
export async function settleMails(stack: Pick<Stack, 'sql'>, id: string): Promise<void> {
  await stack.sql(
    `UPDATE notifications SET state = 'handed_over', settled_at = now() WHERE batch_id = $1 AND settled_at IS NULL`,
    [id],
  );
}
