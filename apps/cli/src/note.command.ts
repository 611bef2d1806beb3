import type { Command } from 'commander';
import { oneOf, uuid } from './option.values.js';
import { actorOf, withOperations } from './operate.js';
import { note as say, printJson, WronglyCalled } from './terminal.js';

/** `receipt note`: for whoever comes next. */
export function register(receipt: Command): void {
  receipt
    .command('note')
    .description('put a note on a mail, a submission, a remediation, an entry in quarantine or a suppression')
    .argument('<kind>', 'notification, submission, remediation, quarantine or suppression')
    .argument('<id>', 'of the item')
    .argument('<text>', 'for whoever comes next; it is never changed')
    .option('--as <name>', 'who you are (default: the user of this machine)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExample:\n  receipt note notification 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 "asked the relay, ticket 8812"',
    )
    .action(note);
}

async function note(
  word: string,
  id: string,
  text: string,
  options: { as?: string; json?: boolean },
): Promise<void> {
  const { NOTABLE, NoteService } = await import('#libs/notifications/index.js');
  const kind = oneOf('The kind', word, NOTABLE);
  if (!kind || !text.trim())
    throw new WronglyCalled(`Name a kind (${NOTABLE.join(', ')}) and say something.`);
  const target = uuid('The id of an item', id);
  await withOperations((app) =>
    app.get(NoteService).add(kind, target, { actor: actorOf(options), text: text.trim() }),
  );
  if (options.json) return printJson({ kind, target });
  say('Noted.');
}
