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
    .description('ask the upstream now what became of submissions')
    .option('--dry-run', 'ask, and write nothing')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
On the primary path it asks about those that are due, on the backup path about all. The workers do the same every UPSTREAM_EVERY. It takes UPSTREAM_URL, and UPSTREAM_TOKEN where they have one. It ends with 1 when
not everything could be asked; what could not is asked in the next run.

Examples:
  receipt poll --dry-run
  receipt poll`,
    )
    .action(poll);
}

async function poll({ dryRun = false, json }: Options): Promise<void> {
  const { AcknowledgementPolls, BackupPolls } = await import('#libs/notifications/index.js');
  const runs = await withOperations(async (app) => {
    const paths = { primary: app.get(AcknowledgementPolls), backup: app.get(BackupPolls) };
    if (!paths.backup.isOn) throw new WronglyCalled('Say where the upstream is: set UPSTREAM_URL.');
    const [primary, backup] = await Promise.all([
      dryRun ? paths.primary.dryRun() : paths.primary.poll(),
      dryRun ? paths.backup.dryRun() : paths.backup.poll(),
    ]);
    return { primary, backup };
  });
  const { primary, backup } = runs;
  if (!primary && !backup)
    throw new NotDone('A worker asks the upstream just now. Call it again in a minute.');
  if (json) printJson({ dryRun, primary: primary ?? null, backup: backup ?? null });
  else for (const [path, tally] of Object.entries(runs)) show(path, tally, dryRun ? () => 'would be' : was);
  const whys = [primary, backup].map((tally) => (tally ? whyNotAll(tally) : '')).filter((why) => why !== '');
  if (whys.length > 0) throw new NotDone(whys.join(' '));
}

function show(path: string, tally: PollTally | undefined, were: (ids: number) => string): void {
  if (!tally) return note(`A worker asks about the ${path} path just now.`);
  if (tally.isAbsent) return note(`The upstream does not answer about the ${path} path.`);
  const { asked, accepted, rejected, undecided, missing, failed, refused, strangeWords } = tally;
  printTable(
    ['IDS', `OF THE ${path.toUpperCase()} PATH`],
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
