import type { Command } from 'commander';
import type { Erased } from '#libs/notifications/index.js';
import { foresee } from './dry.run.js';
import { actorOf, addActingOptions, reasonOf, withOperations } from './operate.js';
import type { ActingOptions } from './operate.js';
import { uuid } from './option.values.js';
import { counted, note, printJson } from './terminal.js';

/** `receipt erase`: somebody asked that what is kept of a return be erased. */
export function register(receipt: Command): void {
  addActingOptions(
    receipt
      .command('erase')
      .description(
        'erase the addresses, the contents of mails and the free text that are kept of a tax return',
      )
      .argument('<id>', 'of the tax return'),
  )
    .addHelpText(
      'after',
      `
It cannot be undone. Mails that were not sent yet are withheld for good. What happened and who was told when stays, by
ids (docs/retention.md). Called again, it erases what came since.

Example:
  receipt erase 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 --reason "asked for by the taxpayer, case 4711"`,
    )
    .action(erase);
}

async function erase(word: string, options: ActingOptions): Promise<void> {
  const { ErasureService } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a tax return', word);
  if (options.dryRun)
    return foresee(async () => {
      const erased = await withOperations((app) => app.get(ErasureService).plan(id));
      return { would: `Would erase ${rowsOf(erased)}.`, figures: figuresOf(erased) };
    }, options.json);
  const acting = { actor: actorOf(options), reason: reasonOf(options) };
  const erased = await withOperations((app) => app.get(ErasureService).erase(id, acting));
  if (options.json) return printJson({ ...figuresOf(erased), erasedAt: erased.erasedAt });
  note(`Erased: ${rowsOf(erased)}. The audit trail says so.`);
  if (!erased.complete)
    note('A mail is being sent right now. What is kept of it is erased as soon as that has ended.');
}

function rowsOf({ done: { mails, withheld, messages } }: Erased): string {
  const unsent = withheld === 0 ? '' : ` (${withheld} of them not sent yet, and now never will be)`;
  return `what is kept of the return, of ${counted(mails, 'mail')}${unsent} and of ${counted(messages, 'message')} in quarantine`;
}

function figuresOf({ taxReturnId, complete, done }: Erased) {
  return { taxReturnId, complete, ...done };
}
