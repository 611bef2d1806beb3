import type { Command } from 'commander';
import type { PollTally } from '#libs/notifications/index.js';
import { withOperations } from './operate.js';
import { counted, NotDone, note, printJson, printTable, was, WronglyCalled } from './terminal.js';

interface Options {
  dryRun?: boolean;
  json?: boolean;
}

/** `receipt poll`: asks the upstream now. */
export function register(receipt: Command): void {
  receipt
    .command('poll')
    .description('ask the upstream now what became of submissions on the backup path')
    .option('--dry-run', 'ask, and write nothing')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The workers do the same every UPSTREAM_EVERY. It takes UPSTREAM_URL, and UPSTREAM_TOKEN where they have one. It ends with 1 when
not everything could be asked; what could not is asked in the next run.

Examples:
  receipt poll --dry-run
  receipt poll`,
    )
    .action(poll);
}

async function poll({ dryRun = false, json }: Options): Promise<void> {
  const { PollService } = await import('#libs/notifications/index.js');
  const tally = await withOperations((app) => {
    const polls = app.get(PollService);
    if (!polls.isOn) throw new WronglyCalled('Say where the upstream is: set UPSTREAM_URL.');
    return dryRun ? polls.dryRun() : polls.poll();
  });
  if (!tally) throw new NotDone('A worker asks the upstream just now. Call it again in a minute.');
  if (json) printJson({ dryRun, ...tally });
  else show(tally, dryRun ? () => 'would be' : was);
  if (tally.failed + tally.refused > 0 || tally.gaveUp) throw new NotDone(whyNotAll(tally));
}

function show(tally: PollTally, were: (ids: number) => string): void {
  const { asked, accepted, rejected, undecided, missing, failed, refused, strangeWords } = tally;
  printTable(
    ['IDS', ''],
    [
      [String(asked), `${was(asked)} asked about`],
      [String(accepted), `${were(accepted)} decided: accepted`],
      [String(rejected), `${were(rejected)} decided: rejected`],
      [String(undecided), `${undecided === 1 ? 'is' : 'are'} undecided still`],
      [String(missing), 'the answer says nothing of'],
      [String(failed), 'got no answer'],
      [String(refused), `${refused === 1 ? 'is' : 'are'} refused by the upstream`],
    ],
  );
  for (const [word, times] of Object.entries(strangeWords))
    note(`Nobody knows what it means to be '${word}': ${counted(times, 'id stays', 'ids stay')} undecided.`);
}

function whyNotAll({ failed, refused, refusedIds, gaveUp }: PollTally): string {
  return [
    ...(failed > 0 ? [`${counted(failed, 'id')} got no answer.`] : []),
    ...(refused > 0 ? [`The upstream refuses ${counted(refused, 'id')}: ${refusedIds.join(', ')}.`] : []),
    ...(gaveUp ? ['It failed again and again, so the rest was not asked.'] : []),
  ].join(' ');
}
