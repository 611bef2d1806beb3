import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { foresee } from './dry.run.js';
import { oneOf, uuid } from './option.values.js';
import { actorOf, noSuchMail, reasonOf, withOperations } from './operate.js';
import { note, printJson, WronglyCalled } from './terminal.js';

interface Options {
  dryRun?: boolean;
  reason?: string;
  context?: string;
  evidence?: string;
  as?: string;
  json?: boolean;
}

/** `receipt resolve`: ends what is unknown, and that somebody is untold whom a person told. */
export function register(receipt: Command): void {
  receipt
    .command('resolve')
    .description(
      'decide what became of a mail whose outcome is unknown, or keep that you told its taxpayer by other means',
    )
    .argument('<id>', 'of the mail')
    .argument('<resolution>', 'arrived, send-again or told-by-other-means')
    .option('--dry-run', 'only say what would be done; needs no reason')
    .option('--reason <text>', 'why; it goes into the audit trail')
    .option(
      '--context <text>',
      'told by which means, such as a letter or a call; it is the reason where none is given',
    )
    .option('--evidence <text>', 'what shows it, such as a line of the log of the relay, or a ticket')
    .option('--as <name>', 'who you are (default: the user of this machine)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Its Message-ID is <id>@ the domain of MESSAGE_ID_DOMAIN: look for it in the log of the relay.
Whom no mail reaches: receipt list unreachable.

Examples:
  receipt resend --state unknown --dry-run
  receipt resolve 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 send-again --dry-run
  receipt resolve 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 arrived --reason "asked the relay" --evidence "02:14 queued as 4XyZ"
  receipt resolve 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 send-again --reason "not in the log of the relay"
  receipt resolve 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 told-by-other-means --context "called, spoke to them" --evidence "OPS-1234"`,
    )
    .action(resolve);
}

const WOULD = {
  arrived: 'the taxpayer would count as told.',
  'send-again': 'it would be sent again, under the same Message-ID.',
  'told-by-other-means': 'the taxpayer would count as told, and the mail would not be sent any more.',
};

const DONE = {
  arrived: 'The taxpayer counts as told.',
  'send-again': 'The mail is sent again, under the same Message-ID.',
  'told-by-other-means': 'The taxpayer counts as told, by you.',
};

async function resolve(given: string, word: string, options: Options): Promise<void> {
  const { RESOLUTIONS, ResolutionService } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a mail', given);
  const resolution = oneOf('The resolution', word, RESOLUTIONS);
  if (!resolution)
    throw new WronglyCalled('Say what became of it: arrived, send-again or told-by-other-means.');
  const { evidence, context } = options;
  if (resolution !== 'send-again' && !evidence?.trim())
    throw new WronglyCalled(
      `Say what shows that ${resolution === 'arrived' ? 'it arrived' : 'they were told'}: --evidence "…".`,
    );
  if (resolution === 'told-by-other-means' && !context?.trim())
    throw new WronglyCalled('Say by which means they were told, such as a letter or a call: --context "…".');
  if (options.dryRun)
    return foresee(async () => {
      const known = await withOperations((app) =>
        app.get(ResolutionService).plan(id, { resolution, context, evidence }),
      );
      if (!known) throw noSuchMail();
      const would = `Would resolve mail ${id}: ${WOULD[resolution]}`;
      return { would, figures: { id, resolution } };
    }, options.json);
  const order = {
    resolution,
    context,
    evidence,
    actor: actorOf(options),
    reason: reasonOf({ reason: options.reason ?? context }),
    source: `resolution/${randomUUID()}`,
  };
  const done = await withOperations((app) => app.get(ResolutionService).resolve(id, order));
  if (!done) throw noSuchMail();
  if (options.json) return printJson({ ...done, resolution });
  note(DONE[resolution]);
}
