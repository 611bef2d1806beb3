import type { Command } from 'commander';
import type { ListsService } from '#libs/notifications/index.js';
import { addMailFilterOptions, mailFilterOf } from './mail.filter.options.js';
import type { MailFilterOptions } from './mail.filter.options.js';
import { oneOf } from './option.values.js';
import { withOperations } from './operate.js';
import { printParts } from './terminal.js';

/** `receipt list`: a list as CSV, to hand over. */
export function register(receipt: Command): void {
  const list = receipt
    .command('list')
    .description('a whole list as CSV, to hand over: ids and reasons, no addresses')
    .addHelpText(
      'after',
      `
A list that broke off ends with another exit code than 0.

Examples:
  receipt list mails --state failed --since 2h > failed.csv
  receipt list submissions --scope in-process > waiting.csv`,
    );
  addMailFilterOptions(list.command('mails').description('mails that fit, newest first')).action(mails);
  list
    .command('submissions')
    .description('submissions of a scope, the oldest first')
    .option('--scope <scope>', 'failure, in-process, remediated or duplicate', 'failure')
    .action(submissions);
  list
    .command('quarantine')
    .description('what could not be applied, newest first')
    .action(() => print((lists) => lists.quarantine({})));
  list
    .command('suppressions')
    .description('addresses that nothing is or was sent to, newest first')
    .action(() => print((lists) => lists.suppressions()));
  list
    .command('unreachable')
    .description('whom no mail reaches: untold, and no address is left; the longest wait first')
    .action(() => print((lists) => lists.unreachable()));
  list
    .command('trail')
    .description('what people did, newest first')
    .action(() => print((lists) => lists.trail({})));
}

async function mails(options: MailFilterOptions): Promise<void> {
  const filter = await mailFilterOf([], options);
  await print((lists) => lists.mails(filter));
}

async function submissions(options: { scope: string }): Promise<void> {
  const { LISTED_SCOPES } = await import('#libs/notifications/index.js');
  const scope = oneOf('--scope', options.scope, LISTED_SCOPES) ?? 'failure';
  await print((lists) => lists.submissions(scope));
}

async function print(listOf: (lists: ListsService) => AsyncGenerator<string>): Promise<void> {
  const { ListsService } = await import('#libs/notifications/index.js');
  await withOperations((app) => printParts(listOf(app.get(ListsService))));
}
