import type { Command } from 'commander';
import type {
  Alarm,
  Audit,
  NeedGroup,
  NeedyMail,
  ParkedGroup,
  Pause,
  StandingCounts,
} from '#libs/notifications/index.js';
import { uuid } from './filter.options.js';
import { withOperations } from './operate.js';
import { moment, NotDone, note, printJson, printTable } from './terminal.js';

/** `receipt status`: what needs a person now, or where one return stands. */
export function register(receipt: Command): void {
  receipt
    .command('status')
    .description('what needs a person now; with a tax return, its status')
    .argument('[taxReturnId]', 'of the tax return')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Without a tax return it ends with 1 when a person is needed: for mails, for submissions that did not reach
the authority, for messages in quarantine. So a script can call people.

Examples:
  receipt status
  receipt status 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11`,
    )
    .action(status);
}

async function status(given: string | undefined, { json }: { json?: boolean }): Promise<void> {
  if (given !== undefined) return statusOf(uuid('The id of a tax return', given), json);
  const { AlarmService, PauseService, StandingService, WatchService } =
    await import('#libs/notifications/index.js');
  const look = await withOperations(async (app) => {
    const watch = app.get(WatchService);
    return {
      oldest: (await watch.oldestUntold()) ?? null,
      needs: await watch.groups(),
      parked: await watch.parked(),
      pauses: await app.get(PauseService).list(),
      alarm: (await app.get(AlarmService).look()) ?? null,
      ...(await app.get(StandingService).audit()),
    };
  });
  if (json) printJson(look);
  else await print(look);
  if (look.alarm) throw new NotDone(sentenceOf(look.alarm));
}

/** What needs a person, in a sentence. */
function sentenceOf({ mails, submissions, messages }: Alarm): string {
  const parts = [
    ...(mails > 0 ? [`${mails} mails`] : []),
    ...(submissions > 0 ? [`${submissions} submissions`] : []),
    ...(messages > 0 ? [`${messages} messages in quarantine`] : []),
  ];
  return `Somebody is needed for ${parts.join(', ')}.`;
}

interface Look extends Audit {
  oldest: NeedyMail | null;
  needs: NeedGroup[];
  parked: ParkedGroup[];
  pauses: Pause[];
  alarm: Alarm | null;
}

async function print({ oldest, needs, parked, pauses, told, delivered }: Look): Promise<void> {
  const { saidOf } = await import('#libs/notifications/index.js');
  console.log(
    oldest
      ? `The oldest untold taxpayer waits since ${moment(oldest.openedAt)}: receipt why ${oldest.taxReturnId}`
      : 'Nobody waits.',
  );
  if (needs.length > 0)
    printTable(
      ['MAILS', 'OLDEST', 'NEED', 'REASON', 'TEMPLATES', 'WHAT TO DO'],
      needs.map(({ mails, since, need, reason, templates }) => [
        String(mails),
        moment(since),
        need,
        reason ?? '-',
        templates.join(', '),
        saidOf({ need, reason }).todo,
      ]),
    );
  for (const { kind, detail, entries, since } of parked)
    console.log(`${entries} messages in quarantine, ${kind}, the oldest since ${moment(since)}: ${detail}`);
  for (const { template, since, actor, waiting } of pauses)
    console.log(`Paused since ${moment(since)} by ${actor}: ${template}; ${waiting} mails wait.`);
  printTable(
    ['', 'SUCCESS', 'IN PROCESS', 'FAILURE', 'TOTAL'],
    [
      ['taxpayers told (mails)', ...numbersOf(told)],
      ['reached the authority (submissions)', ...numbersOf(delivered)],
    ],
  );
}

function numbersOf(counts: StandingCounts): string[] {
  return [counts.success, counts['in-process'], counts.failure, counts.total].map(String);
}

async function statusOf(id: string, json?: boolean): Promise<void> {
  const { SubmissionService } = await import('#libs/notifications/index.js');
  const found = await withOperations((app) => app.get(SubmissionService).statusOf(id));
  if (!found) throw new NotDone('No submission of this tax return is known.');
  const { status, editable, exportable, counting, rejectionCodes } = found;
  if (json)
    return printJson({ status, editable, exportable, submissionId: counting.submissionId, rejectionCodes });
  console.log(status);
  note(
    `Editable: ${editable}. Exportable: ${exportable}. Submission: ${counting.submissionId ?? counting.id}.`,
  );
}
