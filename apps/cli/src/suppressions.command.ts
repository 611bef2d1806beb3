import type { Command } from 'commander';
import { foresee } from './dry.run.js';
import { uuid, wholeNumber } from './option.values.js';
import { actorOf, addActingOptions, reasonOf, withOperations } from './operate.js';
import { moment, NotDone, note, printJson, printTable } from './terminal.js';

interface ListOptions {
  taxReturn?: string;
  all?: boolean;
  limit?: string;
  json?: boolean;
}

interface LiftOptions {
  dryRun?: boolean;
  reason?: string;
  as?: string;
  json?: boolean;
}

/** `receipt suppressions`: addresses that nothing is sent to, and the way to send there again. */
export function register(receipt: Command): void {
  const suppressions = receipt
    .command('suppressions')
    .description('addresses that nothing is sent to, by the mail that came back, newest first')
    .enablePositionalOptions()
    .option('--tax-return <id>', 'those of the addresses of this tax return')
    .option('--all', 'also those that were lifted or have expired')
    .option('--limit <suppressions>', 'how many (default: 100)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
All of them as CSV: receipt list suppressions.

Examples:
  receipt suppressions --tax-return 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11
  receipt suppressions lift 6f1c2f0e-58a1-4c0b-9d1d-1f0f3a3f9a77 --reason "the mailbox was full, and is not"`,
    )
    .action(list);
  addActingOptions(
    suppressions
      .command('lift')
      .description('let mails go to an address again; what was withheld stays so until it is re-sent')
      .argument('<id>', 'of the suppression'),
  ).action(lift);
}

async function list({ taxReturn, all = false, limit, json }: ListOptions): Promise<void> {
  const { Suppressions } = await import('#libs/notifications/index.js');
  const filter = {
    taxReturnId: taxReturn === undefined ? undefined : uuid('--tax-return', taxReturn),
    active: !all,
    limit: wholeNumber('--limit', limit) ?? 100,
  };
  const found = await withOperations((app) => app.get(Suppressions).page(filter));
  if (json) return printJson(found);
  if (found.length === 0) return note('No address is suppressed.');
  printTable(
    ['ID', 'REASON', 'SINCE', 'UNTIL', 'LIFTED', 'BY MAIL', 'TAX RETURN'],
    found.map(({ id, reason, createdAt, expiresAt, liftedAt, notificationId, taxReturnId }) => [
      id,
      reason,
      moment(createdAt),
      moment(expiresAt),
      moment(liftedAt),
      notificationId,
      taxReturnId,
    ]),
  );
}

async function lift(word: string, options: LiftOptions): Promise<void> {
  const { Suppressions } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a suppression', word);
  if (options.dryRun)
    return foresee(async () => {
      const would = await withOperations((app) => app.get(Suppressions).planLift(id));
      if (would === undefined) throw noSuchSuppression();
      const sentence = would
        ? `Would lift suppression ${id}: mails would go to its address again; what was withheld would stay so.`
        : `Suppression ${id} is lifted already: nothing would change.`;
      return { would: sentence, figures: { id, lifted: would } };
    }, options.json);
  const acting = { actor: actorOf(options), reason: reasonOf(options) };
  const lifted = await withOperations((app) => app.get(Suppressions).lift(id, acting));
  if (!lifted) throw noSuchSuppression();
  if (options.json) return printJson(lifted);
  note('Lifted. What was withheld stays so until somebody re-sends it.');
}

function noSuchSuppression(): NotDone {
  return new NotDone('No suppression of this id is known.');
}
