import type { Command } from 'commander';
import type { QuarantineFilter } from '#libs/notifications/index.js';
import { foresee, unlessRefused } from './dry.run.js';
import { instant, isEmpty, oneOf, uuid, wholeNumber } from './option.values.js';
import { workOffList } from './list.work.js';
import { actorOf, addActingOptions, reasonOf, withOperations } from './operate.js';
import { counted, moment, NotDone, note, printJson, printTable, WronglyCalled } from './terminal.js';

interface QuarantineOptions {
  kind?: string;
  stateReason?: string;
  queue?: string;
  taxReturn?: string;
  since?: string;
  until?: string;
}

interface ReplayOptions extends QuarantineOptions {
  dryRun?: boolean;
  reason?: string;
  cap?: string;
  as?: string;
  json?: boolean;
}

interface DismissOptions {
  dryRun?: boolean;
  reason?: string;
  as?: string;
  json?: boolean;
}

/** `receipt quarantine`: what could not be applied. */
export function register(receipt: Command): void {
  const quarantine = receipt
    .command('quarantine')
    .description('see what could not be applied, and put it through its door again');
  quarantine
    .command('list')
    .description('the newest hundred, with the reason')
    .option('--json', 'print one JSON document')
    .action(list);
  const replay = quarantine
    .command('replay')
    .description('put entries through their doors again: some by id, or all that a filter finds')
    .argument('[ids...]', 'ids of entries');
  addQuarantineOptions(replay)
    .option('--dry-run', 'only say how many there are, by reason')
    .option('--reason <text>', 'why; it goes into the audit trail')
    .option('--cap <entries>', 'refuse the whole above this (default: 1000)')
    .option('--as <name>', 'who you are (default: the user of this machine)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Replaying twice applies once; what fails again stays, with its newest reason. More than a thousand that a filter finds
are worked off as a batch: see \`receipt batch --help\`.

Examples:
  receipt quarantine replay --state-reason not-stored --dry-run
  receipt quarantine replay --state-reason not-stored --reason "database mended"`,
    )
    .action(replayAll);
  addActingOptions(
    quarantine
      .command('dismiss')
      .description('say that nothing is to be done with entries that no replay will ever apply')
      .argument('<ids...>', 'ids of entries'),
  )
    .addHelpText(
      'after',
      `
They are kept, and nobody is called for them any more.

Examples:
  receipt quarantine dismiss 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 --reason "a receipt of another sender"`,
    )
    .action(dismiss);
}

function addQuarantineOptions(command: Command): Command {
  return command
    .option('--kind <kind>', 'unreadable, refused or unmatched')
    .option('--state-reason <word>', 'why they are here, such as not-stored')
    .option('--queue <name>', 'the queue that brought them')
    .option('--tax-return <id>', 'entries of this tax return')
    .option('--since <time>', 'received at or after, such as 2026-02-04T03:00Z, or 2h for two hours ago')
    .option('--until <time>', 'received before');
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const { parkedTodo, QuarantineService } = await import('#libs/notifications/index.js');
  const entries = await withOperations((app) =>
    app.get(QuarantineService).page({ resolved: false, limit: 100 }),
  );
  if (json) return printJson(entries);
  if (entries.length === 0) return note('Nothing is in quarantine.');
  printTable(
    ['ID', 'KIND', 'RECEIVED', 'REASON', 'MAIL', 'DETAIL', 'WHAT TO DO'],
    entries.map(({ id, kind, receivedAt, reason, notificationId, detail }) => [
      id,
      kind,
      moment(receivedAt),
      reason,
      notificationId ?? '-',
      detail,
      parkedTodo({ kind, reason }),
    ]),
  );
}

async function replayAll(ids: string[], options: ReplayOptions): Promise<void> {
  const { DEFAULT_REPLAY_CAP, QuarantineReplays, ReplayLists } = await import('#libs/notifications/index.js');
  const filter = await quarantineFilterOf(ids, options);
  if (isEmpty(filter)) throw new WronglyCalled('Say which entries: ids, or a filter such as --kind refused.');
  const cap = wholeNumber('--cap', options.cap);
  const { dryRun = false, json } = options;
  const acting = {
    actor: actorOf(options),
    reason: dryRun ? options.reason?.trim() || 'a dry run' : reasonOf(options),
  };
  const ordered = { ...acting, cap, dryRun };
  const isBatch =
    ids.length === 0 &&
    (await withOperations(async (app) => {
      const id = await app.get(ReplayLists).listed(filter, ordered);
      if (id !== undefined)
        await workOffList(app, id, {
          ...ordered,
          cap: cap ?? DEFAULT_REPLAY_CAP,
          json,
          undone: NONE_APPLIED,
        });
      return id !== undefined;
    }));
  if (isBatch) return;
  if (dryRun) return planReplay(filter, cap, json);
  const order = {
    ...acting,
    cap,
    onProgress: (seen: number) => note(`${counted(seen, 'entry', 'entries')} replayed`),
  };
  const { matching, ...outcomes } = await withOperations((app) =>
    app.get(QuarantineReplays).replay(filter, order),
  );
  if (options.json) printJson({ dryRun: false, matching, outcomes });
  else
    printTable(
      ['ENTRIES', ''],
      Object.entries(outcomes).map(([outcome, count]) => [String(count), outcome]),
    );
  if (outcomes.applied + outcomes.duplicate === 0) throw new NotDone(NONE_APPLIED);
}

async function planReplay(filter: QuarantineFilter, cap?: number, json?: boolean): Promise<void> {
  const { DEFAULT_REPLAY_CAP, QuarantineReplays } = await import('#libs/notifications/index.js');
  const plan = await unlessRefused(
    () => withOperations((app) => app.get(QuarantineReplays).plan(filter, cap ?? DEFAULT_REPLAY_CAP)),
    json,
  );
  if (json) printJson({ dryRun: true, ...plan });
  else
    printTable(
      ['ENTRIES', 'KIND', 'REASON'],
      plan.reasons.map(({ entries, kind, reason }) => [String(entries), kind, reason]),
    );
  note(
    `${counted(plan.matching, 'entry', 'entries')} would be replayed. Nothing was done: this was a dry run.`,
  );
  if (plan.matching === 0) throw new NotDone(NONE_APPLIED);
}

const NONE_APPLIED = 'No entry found its way.';
const OTHERS = 'The others do not wait in quarantine.';

async function dismiss(given: string[], options: DismissOptions): Promise<void> {
  const { QuarantineDismissals } = await import('#libs/notifications/index.js');
  const ids = given.map((id) => uuid('An id of an entry', id));
  if (options.dryRun)
    return foresee(async () => {
      const dismissed = await withOperations((app) => app.get(QuarantineDismissals).plan(ids));
      const would = `Would dismiss ${dismissed} of ${ids.length}.`;
      return { would, figures: { dismissed }, butFor: dismissed < ids.length ? OTHERS : undefined };
    }, options.json);
  const acting = { actor: actorOf(options), reason: reasonOf(options) };
  const dismissed = await withOperations((app) => app.get(QuarantineDismissals).dismiss(ids, acting));
  if (options.json) printJson({ dismissed });
  else note(`${dismissed} of ${ids.length} dismissed.`);
  if (dismissed < ids.length) throw new NotDone(OTHERS);
}

async function quarantineFilterOf(ids: string[], options: QuarantineOptions): Promise<QuarantineFilter> {
  const { QuarantineKind } = await import('#libs/platform/index.js');
  return {
    ...(ids.length > 0 ? { ids: ids.map((id) => uuid('An id of an entry', id)) } : {}),
    kind: oneOf('--kind', options.kind, Object.values(QuarantineKind)),
    reason: options.stateReason,
    queue: options.queue,
    taxReturnId: options.taxReturn === undefined ? undefined : uuid('--tax-return', options.taxReturn),
    since: await instant('--since', options.since),
    until: await instant('--until', options.until),
  };
}
