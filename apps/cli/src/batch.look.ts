import type { BatchReader, SeenBatch } from '#libs/notifications/index.js';
import { printReport } from './batch.report.js';
import { uuid, wholeNumber } from './option.values.js';
import { withOperations } from './operate.js';
import { moment, NotDone, note, printJson, printTable } from './terminal.js';

interface Options {
  limit?: string;
  json?: boolean;
}

/** The batch of an id. @throws NotDone when there is none. */
export async function batchIn(reader: BatchReader, id: string): Promise<SeenBatch> {
  const batch = await reader.find(id);
  if (batch) return batch;
  throw new NotDone('There is no batch of this id. `receipt batch list` shows which there are.');
}

/** Where one batch stands. */
export async function show(given: string, { json }: Options): Promise<void> {
  const { BatchReader } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a batch', given);
  await withOperations(async (app) => {
    const reader = app.get(BatchReader);
    await printReport(reader, await batchIn(reader, id), { json });
  });
}

/** The newest batches. */
export async function list({ limit, json }: Options): Promise<void> {
  const { BatchReader } = await import('#libs/notifications/index.js');
  const most = wholeNumber('--limit', limit) ?? 20;
  const batches = await withOperations((app) => app.get(BatchReader).page(most));
  if (json) return printJson(batches.map(withoutMails));
  if (batches.length === 0) return note('There is no batch.');
  printTable(
    ['ID', 'MADE (UTC)', 'BY', 'ACTION', 'STATE', 'ROWS', 'RUN', 'LIST'],
    batches.map((batch) => [
      batch.id,
      moment(batch.madeAt),
      cut(batch.madeBy, 24),
      batch.action,
      batch.state,
      String(batch.rows),
      String(batch.applied),
      cut(batch.name ?? batch.origin, 40),
    ]),
  );
}

/** As much as a table has room for. `receipt batch show` has the rest. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** What is not counted is no zero. */
function withoutMails({ counts, ...batch }: SeenBatch): object {
  const mails = ['told', 'failed', 'uncertain', 'waiting'];
  const rows = Object.fromEntries(Object.entries(counts).filter(([name]) => !mails.includes(name)));
  return { ...batch, counts: rows };
}
