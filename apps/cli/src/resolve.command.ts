import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { foresee } from './dry.run.js';
import { oneOf, uuid } from './option.values.js';
import { actorOf, noSuchMail, reasonOf, withOperations } from './operate.js';
import { note, printJson, WronglyCalled } from './terminal.js';

interface Options {
  dryRun?: boolean;
  reason?: string;
  evidence?: string;
  as?: string;
  json?: boolean;
}

/** `receipt resolve`: ends what is unknown. */
export function register(receipt: Command): void {
  receipt
    .command('resolve')
    .description('decide what became of a mail whose outcome is unknown')
    .argument('<id>', 'of the mail')
    .argument('<resolution>', 'arrived, or send-again')
    .option('--dry-run', 'only say what would be done; needs no reason')
    .option('--reason <text>', 'why; it goes into the audit trail')
    .option('--evidence <text>', 'what shows that it arrived, such as a line of the log of the relay')
    .option('--as <name>', 'who you are (default: the user of this machine)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Its Message-ID is <id>@ the domain of MESSAGE_ID_DOMAIN: look for it in the log of the relay.

Examples:
  receipt resend --state unknown --dry-run
  receipt resolve 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 send-again --dry-run
  receipt resolve 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 arrived --reason "asked the relay" --evidence "02:14 queued as 4XyZ"
  receipt resolve 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 send-again --reason "not in the log of the relay"`,
    )
    .action(resolve);
}

const WOULD = {
  arrived: 'the taxpayer would count as told.',
  'send-again': 'it would be sent again, under the same Message-ID.',
};

async function resolve(given: string, word: string, options: Options): Promise<void> {
  const { RESOLUTIONS, ResolutionService } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a mail', given);
  const resolution = oneOf('The resolution', word, RESOLUTIONS);
  if (!resolution) throw new WronglyCalled('Say what became of it: arrived, or send-again.');
  const { evidence } = options;
  if (resolution === 'arrived' && !evidence?.trim())
    throw new WronglyCalled('Say what shows that it arrived: --evidence "…".');
  if (options.dryRun)
    return foresee(async () => {
      const known = await withOperations((app) =>
        app.get(ResolutionService).plan(id, { resolution, evidence }),
      );
      if (!known) throw noSuchMail();
      const would = `Would resolve mail ${id}: ${WOULD[resolution]}`;
      return { would, figures: { id, resolution } };
    }, options.json);
  const order = {
    resolution,
    evidence,
    actor: actorOf(options),
    reason: reasonOf(options),
    source: `resolution/${randomUUID()}`,
  };
  const done = await withOperations((app) => app.get(ResolutionService).resolve(id, order));
  if (!done) throw noSuchMail();
  if (options.json) return printJson({ ...done, resolution });
  note(
    resolution === 'arrived'
      ? 'The taxpayer counts as told.'
      : 'The mail is sent again, under the same Message-ID.',
  );
}
