import type { Command } from 'commander';
import { fromList } from './remediate.from-list.js';
import { duplicates } from './remediate.duplicates.js';
import { markDuplicates } from './remediate.mark-duplicates.js';
import { add, list, show, unsuccessful } from './remediate.one.js';

/** `receipt remediate`: which submissions did not reach the authority, and what people did about it. */
export function register(receipt: Command): void {
  const remediate = receipt
    .command('remediate')
    .description('find submissions that did not reach the authority, and keep what was done about them')
    .addHelpText(
      'after',
      `
It says nothing of whether the taxpayer was told: that is for \`receipt resend\`.

Examples:
  receipt remediate list
  receipt remediate show 33333320260350000001
  receipt remediate add 33333320260350000001 --context "sent on paper" --evidence OPS-1234 --dry-run
  receipt remediate duplicates 33333320260350000001 --mark --context "sent thrice, this one arrived"
  receipt remediate from-list paper.txt --context "sent on paper" --evidence paper-2026-05 --dry-run`,
    );

  remediate
    .command('list')
    .description('submissions of a scope, the oldest first')
    .option('--scope <scope>', 'failure, in-process, remediated or duplicate', 'failure')
    .option('--limit <submissions>', 'how many (default: 100)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  receipt remediate list --scope duplicate --limit 20')
    .action(list);

  remediate
    .command('show')
    .description('where a submission stands, and its remediations with their notes, the latest first')
    .argument('<submissionId>', "the authority's id, or our own")
    .option('--json', 'print one JSON document')
    .action(show);

  addActingOptions(
    remediate
      .command('add')
      .description('keep that somebody mended a submission, or tried to; the latest remediation counts')
      .argument('<submissionId>', "the authority's id, or our own")
      .option('--unsuccessful', 'it did not help; the submission stays where it stands without it')
      .option('--duplicate', 'nothing is to be done: another submission of the same person counts')
      .option('--dry-run', 'only say where the submission would stand'),
  )
    .option('--evidence <text>', 'where it can be looked up: a ticket, a list')
    .addHelpText(
      'after',
      `
Examples:
  receipt remediate add 33333320260350000001 --context "sent on paper, batch of 3 May" --evidence OPS-1234
  receipt remediate add 33333320260350000001 --unsuccessful --context "the office was closed"`,
    )
    .action(add);

  addActingOptions(
    remediate
      .command('unsuccessful')
      .description('take back that a remediation was a success; where it was the latest, the failure is back')
      .argument('<remediationId>', 'as `receipt remediate show` prints it')
      .option('--dry-run', 'only say where its submission would stand'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  receipt remediate unsuccessful 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 --context "the paper came back"',
    )
    .action(unsuccessful);

  addActingOptions(
    remediate
      .command('duplicates')
      .description('what else the same person (user id and tax year) sent; with --mark, what failed of it')
      .argument('<submissionId>', 'the one to keep, which must have reached the authority')
      .option('--mark', 'mark what failed of the others as duplicates, all of it or nothing')
      .option('--dry-run', 'only say what would be marked'),
  )
    .option('--evidence <text>', 'where it can be looked up: a ticket, a list')
    .addHelpText(
      'after',
      `
Examples:
  receipt remediate duplicates 33333320260350000001
  receipt remediate duplicates 33333320260350000001 --mark --dry-run
  receipt remediate duplicates 33333320260350000001 --mark --context "sent thrice, this one arrived"`,
    )
    .action(duplicates);

  addActingOptions(
    remediate
      .command('mark-duplicates')
      .description('the same for each submission of a list: what failed of its owner is marked')
      .argument(
        '<file>',
        "ids of those to keep, one a line: the authority's or our own; - reads standard input",
      )
      .option('--dry-run', 'only say for how many something would be marked'),
  )
    .option('--evidence <text>', 'where it can be looked up: a ticket, a list')
    .addHelpText(
      'after',
      `
It is a batch: \`receipt batch results\` has what became of each line. What did not reach the authority itself is left out.

Examples:
  receipt remediate mark-duplicates kept.csv --dry-run
  receipt remediate mark-duplicates kept.csv --context "sent thrice in the outage, these arrived"`,
    )
    .action(markDuplicates);

  addActingOptions(
    remediate
      .command('from-list')
      .description('keep that the submissions of a list were mended elsewhere')
      .argument('<file>', "ids, one a line: the authority's or our own; - reads standard input")
      .option('--dry-run', 'only say how many would be, and which are unknown'),
  )
    .option('--evidence <text>', 'the name of the list: by it what was on it before is known')
    .option('--duplicate', 'nothing is to be done: other submissions of the same people count')
    .addHelpText(
      'after',
      `
A list may be put in again, whole, also after it broke off: what is there already is not doubled. Unknown ids are
listed, and it ends with 1 where there are any.

Examples:
  receipt remediate from-list paper.txt --context "sent on paper" --evidence paper-2026-05 --dry-run
  cut -d, -f1 export.csv | receipt remediate from-list - --context "sent on paper" --evidence paper-2026-05`,
    )
    .action(fromList);
}

/** Who acts, what they did, and why: as HTTP asks for it. */
function addActingOptions(command: Command): Command {
  return command
    .option('--context <text>', 'what was done, in your own words; it is never changed')
    .option('--reason <text>', 'why, for the audit trail (default: the context)')
    .option('--as <name>', 'who you are (default: the user of this machine)')
    .option('--json', 'print one JSON document');
}
