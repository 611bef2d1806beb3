import type { Command } from 'commander';
import type {
  Alarm,
  Audit,
  IllOfTwo,
  GuardPause,
  IllRelay,
  LateMails,
  NeedGroup,
  NeedyMail,
  OverTime,
  ParkedGroup,
  Pause,
  StandingCounts,
  UnreachableCount,
} from '#libs/notifications/index.js';
import { printOverTime } from './bars.js';
import { oneOf, uuid } from './option.values.js';
import { withOperations } from './operate.js';
import {
  counted,
  moment,
  NotDone,
  note,
  printJson,
  printLine,
  printTable,
  WronglyCalled,
} from './terminal.js';

interface Options {
  over?: string;
  json?: boolean;
}

/** `receipt status`: what needs a person now, or where one return stands. */
export function register(receipt: Command): void {
  receipt
    .command('status')
    .description('what needs a person now; with a tax return, its status')
    .argument('[taxReturnId]', 'of the tax return')
    .option('--over <span>', 'also both counts over time, in stretches: 6h, 24h, 7d or 30d')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Without a tax return it ends with 1 when a person is needed: for a relay that takes nothing, for what a guard
paused, for mails that wait or failed, for submissions that did not reach the authority, for messages in quarantine. So a script can call people.

Examples:
  receipt status
  receipt status --over 24h
  receipt status 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11`,
    )
    .action(status);
}

async function status(given: string | undefined, { over: word, json }: Options): Promise<void> {
  const {
    AlarmService,
    LASTS,
    OverTimeService,
    PauseService,
    StandingService,
    UnreachableService,
    WatchService,
  } = await import('#libs/notifications/index.js');
  const over = oneOf('--over', word, LASTS);
  if (given !== undefined) {
    if (over !== undefined) throw new WronglyCalled('--over is for all of them, not for one tax return');
    return statusOf(uuid('The id of a tax return', given), json);
  }
  const look = await withOperations(async (app) => {
    const watch = app.get(WatchService);
    return {
      oldest: (await watch.oldestUntold()) ?? null,
      needs: await watch.groups(),
      unreachable: (await app.get(UnreachableService).count()) ?? null,
      parked: await watch.parked(),
      pauses: await app.get(PauseService).list(),
      alarm: (await app.get(AlarmService).look()) ?? null,
      ...(await app.get(StandingService).audit()),
      ...(over && { overTime: await app.get(OverTimeService).look(over) }),
    };
  });
  if (json) printJson(look);
  else await print(look);
  if (look.alarm) throw new NotDone(await sentenceOf(look.alarm));
}

/** What needs a person, in a sentence. */
async function sentenceOf({
  relay,
  late,
  second,
  guards,
  mails,
  submissions,
  messages,
}: Alarm): Promise<string> {
  const { MOST_WAITING } = await import('#libs/notifications/index.js');
  const parts = [
    ...(relay ? ['the relay'] : []),
    ...(second && !relay ? [second.ill === 'both' ? 'both relays' : `the ${second.ill} relay`] : []),
    ...guards.map(({ template }) => `${template}, which a guard paused`),
    ...(late ? [many(late.mails, 'late mail', MOST_WAITING)] : []),
    ...(mails > 0 ? [many(mails, 'mail')] : []),
    ...(submissions > 0 ? [many(submissions, 'submission')] : []),
    ...(messages > 0 ? [`${many(messages, 'message')} in quarantine`] : []),
  ];
  return `Somebody is needed for ${parts.join(', ')}.`;
}

interface Look extends Audit {
  oldest: NeedyMail | null;
  needs: NeedGroup[];
  unreachable: UnreachableCount | null;
  parked: ParkedGroup[];
  pauses: Pause[];
  alarm: Alarm | null;
  overTime?: OverTime;
}

async function print({
  alarm,
  oldest,
  needs,
  unreachable,
  parked,
  pauses,
  told,
  delivered,
  overTime,
}: Look): Promise<void> {
  const { saidOf, unknownWords } = await import('#libs/notifications/index.js');
  if (alarm?.relay) await printRelay(alarm.relay);
  if (alarm?.second) await printTwo(alarm.second);
  if (alarm?.late) await printLate(alarm.late);
  for (const pause of alarm?.guards ?? []) await printGuard(pause);
  printLine(
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
  if (unreachable)
    printLine(
      unreachable.since
        ? `${unreachable.mails}${unreachable.isAll ? '' : ' or more'} of them ${unreachable.mails === 1 && unreachable.isAll ? 'has' : 'have'} no address left, the oldest since ${moment(unreachable.since)}: receipt list unreachable`
        : `${unknownWords(unreachable)} The whole list: receipt list unreachable`,
    );
  for (const { kind, detail, entries, since } of parked)
    printLine(
      `${many(entries, 'message')} in quarantine, ${kind}, the oldest since ${moment(since)}: ${detail}`,
    );
  for (const { template, since, actor, waiting } of pauses)
    printLine(`Paused since ${moment(since)} by ${actor}: ${template}; ${mailsWait(waiting)}.`);
  printTable(
    ['', 'SUCCESS', 'IN PROCESS', 'FAILURE', 'TOTAL'],
    [
      ['taxpayers told (mails)', ...numbersOf(told)],
      ['reached the authority (submissions)', ...numbersOf(delivered)],
    ],
  );
  if (!overTime) return;
  printOverTime('Was the taxpayer told? Mails by when they were asked for:', overTime.told);
  printOverTime('Did the submission reach the authority? By when they were made:', overTime.delivered);
}

async function printRelay(relay: IllRelay): Promise<void> {
  const { MOST_WAITING, saidOfRelay } = await import('#libs/notifications/index.js');
  const { since, waiting, words } = relay;
  const { why, todo } = saidOfRelay(relay);
  printLine(
    `The relay does not take mails, since ${moment(since)}; ${mailsWait(waiting, MOST_WAITING)}. ${why}`,
  );
  if (words) printLine(`  Last it said: ${words}`);
  printLine(`  What to do: ${todo}`);
}

async function printTwo(two: IllOfTwo): Promise<void> {
  const { saidOfTwo } = await import('#libs/notifications/index.js');
  const { title, why, todo } = saidOfTwo(two);
  printLine(`${title}, since ${moment(two.since)}. ${why}`);
  printLine(`  What to do: ${todo}`);
}

async function printGuard({ guard, template, since, reason }: GuardPause): Promise<void> {
  const { saidOfGuard } = await import('#libs/notifications/index.js');
  const { why, todo } = saidOfGuard(guard);
  printLine(`Paused by a guard since ${moment(since)}: ${template}. ${why} ${reason}`);
  printLine(`  What to do: ${todo}`);
}

async function printLate(late: LateMails): Promise<void> {
  const { MOST_WAITING, saidOfLate } = await import('#libs/notifications/index.js');
  const { why, todo } = saidOfLate(late);
  printLine(
    `Late: ${many(late.mails, 'mail', MOST_WAITING)}, the first due since ${moment(late.since)}. ${why}`,
  );
  printLine(`  What to do: ${todo}`);
}

/** How many of them, by a count that ends at `most`. */
function many(count: number, one: string, most = Infinity): string {
  return counted(count < most ? count : `${most} or more`, one);
}

function mailsWait(count: number, most?: number): string {
  return `${many(count, 'mail', most)} ${count === 1 ? 'waits' : 'wait'}`;
}

function numbersOf(counts: StandingCounts): string[] {
  return [counts.success, counts['in-process'], counts.failure, counts.total].map(String);
}

async function statusOf(id: string, json?: boolean): Promise<void> {
  const { StatusService } = await import('#libs/notifications/index.js');
  const found = await withOperations((app) => app.get(StatusService).of(id));
  if (!found) throw new NotDone('No submission of this tax return is known.');
  const { status, editable, exportable, counting, rejectionCodes } = found;
  if (json)
    return printJson({ status, editable, exportable, submissionId: counting.submissionId, rejectionCodes });
  printLine(status);
  note(
    `Editable: ${editable}. Exportable: ${exportable}. Submission: ${counting.submissionId ?? counting.id}.`,
  );
}
