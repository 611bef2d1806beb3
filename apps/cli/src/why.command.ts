import type { Command } from 'commander';
import type { Why, WhyMail } from '#libs/notifications/index.js';
import { uuid } from './option.values.js';
import { withOperations } from './operate.js';
import { NotDone, printJson, printLine, printTable } from './terminal.js';

/** `receipt why`: why somebody was or was not told. */
export function register(receipt: Command): void {
  receipt
    .command('why')
    .description('why was, or was not, this taxpayer told: in sentences, and what to do now')
    .argument('<taxReturnId>', 'of the tax return')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  receipt why 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11')
    .action(why);
}

async function why(given: string, { json }: { json?: boolean }): Promise<void> {
  const { WhyService } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a tax return', given);
  const told = await withOperations((app) => app.get(WhyService).why(id));
  if (!told) throw new NotDone('Nothing of this tax return was ever heard of.');
  if (json) return printJson(told);
  print(told);
}

function print({ summary, mails, timeline }: Why): void {
  printLine(summary);
  for (const mail of mails) printMail(mail);
  printLine('\nWhat happened, in order:');
  printTable(
    ['AT (UTC)', 'WHAT'],
    timeline.map(({ at, sentence }) => [at.toISOString().slice(0, 19).replace('T', ' '), sentence]),
  );
}

function printMail({ template, notificationId, state, sentences, todo }: WhyMail): void {
  printLine(`\n${template}  ${notificationId ?? 'no mail'}${state === null ? '' : `  ${state}`}`);
  for (const sentence of sentences) printLine(`  ${sentence}`);
  if (todo !== null) printLine(`  What to do: ${todo}`);
}
