import type { BatchReader, BatchState, FaultyRow, SeenBatch } from '#libs/notifications/index.js';
import { counted, moment, printJson, printLine, printTable } from './terminal.js';

interface Options {
  dryRun?: boolean;
  json?: boolean;
  /** Whoever shows it says himself what can be done. */
  isToBeAnswered?: boolean;
}

/** Faulty rows that are shown; all of them are among the results. */
const FAULTS = 10;

/** Where a batch stands: each outcome of its rows, what became of its mails, its first faulty rows, and what can be done. */
export async function printReport(
  reader: BatchReader,
  batch: SeenBatch,
  { dryRun, json, isToBeAnswered }: Options = {},
): Promise<void> {
  const { malformed, unknown } = batch.counts;
  const faults = malformed + unknown > 0 ? await reader.faults(batch.id, FAULTS) : [];
  if (json) return printJson({ ...(dryRun === undefined ? {} : { dryRun }), ...batch, faults });
  printLine(headOf(batch));
  if (batch.rows > 0) await printCounts(batch);
  if (faults.length > 0) printFaults(faults, malformed + unknown);
  if (!dryRun && !isToBeAnswered) printLine(`\n${await whatNow(batch)}`);
}

/** Where a list without a name comes from. */
const ORIGINS: Record<string, string> = {
  upload: 'an upload',
  terminal: 'the terminal',
  object: 'an object',
  filter: 'a filter',
};

function headOf({ id, action, topic, incident, name, rows, ...batch }: SeenBatch): string {
  const what = [action, topic, incident].filter(Boolean).join(', ');
  const approved = batch.approvedBy === null ? '' : `, approved by ${batch.approvedBy}`;
  const from = name ?? ORIGINS[batch.origin] ?? batch.origin;
  return `Batch ${id}: ${what}\n${counted(rows, 'row')} from ${from}; made ${moment(batch.madeAt)} UTC by ${batch.madeBy}${approved}`;
}

async function printCounts(batch: SeenBatch): Promise<void> {
  const { CHECKED_OUTCOMES, MAIL_WORDS, outcomeWords, wordsFor } =
    await import('#libs/notifications/index.js');
  const { counts, left } = batch;
  const words = outcomeWords(batch.action);
  const isRecordedAnyway = left > counts.ready + counts.superseded;
  const outcomes = (['applied', ...CHECKED_OUTCOMES] as const).filter((outcome) => counts[outcome] > 0);
  printTable(
    ['ROWS', ''],
    outcomes.map((outcome) => {
      const anyway = isRecordedAnyway && (outcome === 'suppressed' || outcome === 'no-address');
      return [
        String(counts[outcome]),
        wordsFor(counts[outcome], words[outcome]) +
          (anyway ? '; it is recorded all the same, without a mail' : ''),
      ];
    }),
  );
  const mails = (['told', 'waiting', 'failed', 'uncertain'] as const).filter((one) => counts[one] > 0);
  if (mails.length === 0) return;
  printLine('');
  printTable(
    ['MAILS', ''],
    mails.map((one) => [String(counts[one]), wordsFor(counts[one], MAIL_WORDS[one])]),
  );
}

const WRONG: Record<FaultyRow['outcome'], string> = {
  malformed: 'no id that can be read',
  unknown: 'nobody who is registered here',
};

function printFaults(faults: FaultyRow[], all: number): void {
  printLine(`\n${headOfFaults(faults.length, all)}:`);
  printTable(
    ['LINE', 'NAMES', 'WHAT STANDS THERE'],
    faults.map(({ row, outcome, subject }) => [String(row), WRONG[outcome], subject]),
  );
}

function headOfFaults(shown: number, all: number): string {
  if (all > shown) return `The first ${shown} of the ${all} rows that name nobody`;
  return all === 1 ? 'The row that names nobody' : 'The rows that name nobody';
}

/** What a person can do about it, by where it stands. */
const NEXT_STEP: Record<BatchState, (batch: SeenBatch) => string> = {
  validating: ({ id }) => `Wait for its report: receipt batch watch ${id}`,
  validated: ({ id }) => `Start it: receipt batch start ${id} --reason "…"`,
  'awaiting-approval': ({ id, madeBy }) =>
    `Somebody else than ${madeBy} looks at three of its mails and says yes: receipt batch approve ${id} --reason "…"; or on its page, /ops/batches/${id}`,
  running: ({ id }) => `See it run: receipt batch watch ${id}`,
  paused: ({ id }) =>
    `Go on: receipt batch resume ${id} --reason "…"; or end it: receipt batch abort ${id} --reason "…"`,
  stopped: ({ id }) =>
    `When the cause is mended: receipt batch resume ${id} --reason "…"; or end it: receipt batch abort ${id} --reason "…"`,
  finished: ({ id }) => `The result of every row: receipt batch results ${id}`,
  aborted: ({ id }) => `What was not run, as a list: receipt batch remaining ${id}`,
  refused: () => 'Mend the list, and bring it again.',
};

async function whatNow(batch: SeenBatch): Promise<string> {
  const { isStep, standingWords } = await import('#libs/notifications/index.js');
  const { action, state, sameAs, counts, id } = batch;
  const next = sameAs === null ? NEXT_STEP[state](batch) : `What became of it: receipt batch show ${sameAs}`;
  // The mails of a step keep the batch that first asked for them.
  const way = isStep(action) ? `receipt batch results ${id}` : `receipt resend --batch ${id} --dry-run`;
  const untold = counts.failed + counts.uncertain > 0 ? [`Who was not told: ${way}`] : [];
  return [...standingWords(batch), next, ...untold].join('\n');
}
