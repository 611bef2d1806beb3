import type { Command } from 'commander';
import { approve } from './batch.approve.js';
import { list, show } from './batch.look.js';
import { move, pace } from './batch.moves.js';
import { printRemaining, printResults } from './batch.results.js';
import { run } from './batch.run.js';
import { watch } from './batch.watch.js';
import { addActingOptions } from './operate.js';

/** `receipt batch`: a list of tax returns in, everyone on it told once, and a result for every row. */
export function register(receipt: Command): void {
  const batch = receipt
    .command('batch')
    .description('tell everyone on a list, each once: first a report, then the run, a result for every row')
    .addHelpText(
      'after',
      `
\`receipt batch FILE …\` is short for \`receipt batch run FILE …\`.

Examples:
  receipt batch fixed.csv --action error-resolved --incident INC-4711 --dry-run
  receipt batch fixed.csv --action error-resolved --incident INC-4711 --reason "the fix is out"
  receipt batch start 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 --reason "the report is as expected"
  receipt batch watch 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 --results results/`,
    );
  addRun(batch);
  addLooks(batch);
  addApprove(batch);
  addMove(batch, 'start', 'start one of which all rows are looked at');
  addMove(batch, 'pause', 'hold one back that runs, with its mails that have not begun');
  addMove(batch, 'resume', 'let one go on that was paused, or that stopped by itself');
  addMove(
    batch,
    'abort',
    'end one for good, with its mails that have not begun; what was not run can be run again as a list of its own',
  );
  addActingOptions(
    batch
      .command('rate')
      .description('how many rows a second are run at most, also while it runs')
      .argument('<id>', 'of the batch')
      .argument('<rows>', 'a number; none for as fast as its mails go'),
  ).action(pace);
}

function addRun(batch: Command): void {
  batch
    .command('run', { isDefault: true })
    .description('write a list down, look at each of its rows, and report; with --start, run it too')
    .argument(
      '[file]',
      'CSV, or ids one a line; - reads standard input. Without one, a filter says who is meant',
    )
    .option(
      '--action <action>',
      'error-resolved, reminder-submit, reminder-resubmit, reminder-state, non-completion-survey or submission-confirmations',
    )
    .option('--incident <name>', 'a label for people; the campaign of a reminder, which reaches nobody twice')
    .option('--state <code>', 'the state that a reminder-state is about, such as MA')
    .option('--column <column>', 'which column holds the ids: its name, or its number from 1')
    .option('--failure-category <name>', 'instead of a file: returns with a failure of this category')
    .option('--failure-detail <name>', 'and of this detail')
    .option('--template <name>', 'returns that a mail of this template was due to')
    .option('--of-incident <name>', 'of what was recorded under this incident')
    .option(
      '--since <time>',
      'of what was recorded at or after, such as 2026-02-04T03:00Z, or 2h for two hours ago',
    )
    .option('--until <time>', 'of what was recorded before')
    .option(
      '--start',
      'run it as soon as the report is there, and watch it; not where another person has to approve',
    )
    .option('--rate <rows>', 'how many rows a second are run at most (default: as fast as its mails go)')
    .option('--results <folder>', 'where the result of each row is written; the file grows as it goes')
    .option('--dry-run', 'only report; the batch is ended, so that nobody starts it by mistake')
    .option('--reason <text>', 'why; it goes into the audit trail')
    .option('--as <name>', 'who you are (default: the user of this machine)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The same list again is recognised and does nothing. It ends with 2 where the list cannot be read, and with 1 where it
ran before, no row of it can be run, or the run left somebody untold.

Examples:
  receipt batch run fixed.csv --action error-resolved --dry-run
  receipt batch run --failure-category PROCESSING --since 24h --action error-resolved --reason "the fix is out"
  psql -c "…" --csv | receipt batch run - --action reminder-submit --incident april --reason "two weeks left" --start`,
    )
    .action(run);
}

function addLooks(batch: Command): void {
  batch
    .command('watch')
    .description('see one run, from any machine; Ctrl-C ends the watching and nothing else')
    .argument('<id>', 'of the batch')
    .option('--results <folder>', 'where the result of each row is written; the file grows as it goes')
    .option('--json', 'print one JSON document at the end')
    .addHelpText(
      'after',
      `
It ends with 0 when each row has its result and everyone is told or on their way to be, and with 1 where mails failed, or
the batch stopped, was ended or refused.`,
    )
    .action(watch);
  batch
    .command('show')
    .description('where one stands, what becomes of its rows, and what can be done about it')
    .argument('<id>', 'of the batch')
    .option('--json', 'print one JSON document')
    .action(show);
  batch
    .command('list')
    .description('the newest ones, without their mails')
    .option('--limit <batches>', 'how many (default: 20)')
    .option('--json', 'print one JSON document')
    .action(list);
  batch
    .command('results')
    .description('what became of each row, as CSV')
    .argument('<id>', 'of the batch')
    .option('--out <file>', 'a file, which is there only when it is whole (default: standard output)')
    .action(printResults);
  batch
    .command('remaining')
    .description('what was not run, as a list that can be run again')
    .argument('<id>', 'of the batch')
    .option('--out <file>', 'a file, which is there only when it is whole (default: standard output)')
    .action(printRemaining);
}

function addApprove(batch: Command): void {
  const command = batch
    .command('approve')
    .description('look at the report and three mails of a large one that somebody else made, and say yes')
    .argument('<id>', 'of the batch')
    .option('--seen <revision>', 'what you have looked at, as this command said it: then it asks nothing');
  addActingOptions(command).action(approve);
}

function addMove(batch: Command, name: 'start' | 'pause' | 'resume' | 'abort', words: string): void {
  addActingOptions(batch.command(name).description(words).argument('<id>', 'of the batch')).action(
    (id: string, options: object) => move(`${name}-batch`, id, options),
  );
}
