import { BatchReader, BatchService, csvRows, subjectOf, textOf } from '#libs/notifications/index.js';
import type { BatchAction, BatchMove, SeenBatch } from '#libs/notifications/index.js';
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
}

/** Sends a list as a person would, and waits until all of its rows are looked at, or it is refused. */
export async function aBatch(
  stack: Stack,
  list: string | Uint8Array,
  { action = 'error-resolved', column, ...ask }: ListOptions = {},
): Promise<SeenBatch> {
  const bytes = typeof list === 'string' ? Buffer.from(list) : list;
  const text = await textOf(piecesOf(bytes));
  const rows = csvRows(text, { kind: subjectOf(action), column });
  const id = await stack.app.get(BatchService).take({ action, ...ask }, 'upload', rows, MADE_BY);
  return seenBatch(stack, id, (batch) => batch.state !== 'validating', 'a list that is looked at');
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

export function move(stack: Stack, id: string, what: BatchMove, acting = MADE_BY): Promise<void> {
  return stack.app.get(BatchService).move(id, what, acting);
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
