import type { Command } from 'commander';
import type { ImportedRows } from '#libs/notifications/index.js';
import { openList } from './batch.list.file.js';
import { refuseUndone, workedOff } from './list.work.js';
import { withOperations } from './operate.js';
import { actingOf } from './remediate.acting.js';
import type { ActingOptions } from './remediate.acting.js';
import { counted, NotDone, note, printJson, printTable } from './terminal.js';

/** `receipt import`: what another system knew of submissions. */
export function register(receipt: Command): void {
  receipt
    .command('import')
    .description('keep what another system knew of submissions: their states, as facts')
    .argument('<file>', 'a CSV file with titles, a submission a line; - reads standard input')
    .option('--context <text>', 'where the list comes from, in your own words; it is never changed')
    .option('--evidence <text>', 'where it can be looked up: a ticket, a list (default: its batch)')
    .option('--reason <text>', 'why, for the audit trail (default: the context)')
    .option('--as <name>', 'who you are (default: the user of this machine)')
    .option('--dry-run', 'only say what would change')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Columns: submissionId, state and when (a date), and where there are such taxReturnId, receiptId and backupId. With its
taxReturnId a submission that nobody knows is registered. docs/import.md says which state becomes which fact.
Nobody gets a mail by it. What waited here for such a submission, and what the authority decides when it is asked
about it, is told as always. What is settled stays as it is, and a list may be put in again, whole: what is there already is
not doubled. It is a batch: \`receipt batch results\` has what became of each line, and why. It ends with 1 where lines
are to be mended.

Examples:
  receipt import legacy.csv --context "526 states, export of 3 May" --dry-run
  receipt import legacy.csv --context "526 states, export of 3 May" --evidence OPS-1234`,
    )
    .action(importHistory);
}

async function importHistory(file: string, options: ActingOptions & { dryRun?: boolean }): Promise<void> {
  const { dryRun = false, evidence, json = false } = options;
  const { context, ...acting } = actingOf(options);
  const list = await openList(file, { kind: 'legacy' });
  const { BatchService, ImportReport, isNotStored, isToBeMended } =
    await import('#libs/notifications/index.js');
  await withOperations(async (app) => {
    const ask = { action: 'import' as const, name: list.name, ordered: { context, evidence, dryRun } };
    const id = await app.get(BatchService).take(ask, 'terminal', list.rows, acting);
    const batch = await workedOff(app, id, { ...acting, dryRun });
    const rows = await app.get(ImportReport).of(id);
    if (json) printJson({ dryRun, batch: id, state: batch.state, rows });
    else await show(id, rows, batch.state === 'finished' && !dryRun);
    if (dryRun) note('Nothing was changed: this was a dry run.');
    else refuseUndone(batch);
    const toMend = sumOf(rows.filter(isToBeMended));
    const notStored = sumOf(rows.filter(isNotStored));
    if (toMend > 0)
      throw new NotDone(
        `${counted(toMend, 'line is', 'lines are')} to be mended; the others are not held up. Why, line by line: receipt batch results ${id}`,
      );
    if (notStored > 0)
      throw new NotDone(
        `${counted(notStored, 'line is', 'lines are')} not kept, since the database refused ${notStored === 1 ? 'it' : 'them'}; the others are. Put the list in again: what is there is not doubled. Which: receipt batch results ${id}`,
      );
  });
}

function sumOf(rows: ImportedRows[]): number {
  return rows.reduce((sum, one) => sum + one.rows, 0);
}

async function show(id: string, rows: ImportedRows[], isDone: boolean): Promise<void> {
  const { importedWords } = await import('#libs/notifications/index.js');
  note(`Batch ${id}: ${isDone ? 'what changed' : 'what would change'}, and what did not`);
  printTable(
    ['LINES', ''],
    rows.map((one) => [String(one.rows), importedWords(one)]),
  );
}
