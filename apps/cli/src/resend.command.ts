import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { MailFilter, ManyOrder, Overridable, ResendCounts } from '#libs/notifications/index.js';
import { openList } from './batch.list.file.js';
import { unlessRefused } from './dry.run.js';
import { workOffList } from './list.work.js';
import { addMailFilterOptions, mailFilterOf } from './mail.filter.options.js';
import type { MailFilterOptions } from './mail.filter.options.js';
import { isEmpty, uuid, wholeNumber } from './option.values.js';
import { actorOf, noSuchMail, reasonOf, withOperations } from './operate.js';
import { counted, NotDone, note, printJson, printLine, printTable, was, WronglyCalled } from './terminal.js';

interface Options extends MailFilterOptions {
  dryRun?: boolean;
  reason?: string;
  cap?: string;
  n?: string;
  override?: string[];
  name?: string;
  as?: string;
  list?: string;
  json?: boolean;
}

/** `receipt resend`: tells taxpayers after all. */
export function register(receipt: Command): void {
  const command = receipt
    .command('resend')
    .description('send mails again: one, or all that a filter finds; look first with --dry-run')
    .argument('[ids...]', 'ids of mails');
  addMailFilterOptions(command)
    .option('--list <file>', 'instead of ids and a filter: a CSV of ids; - reads standard input')
    .option('--dry-run', 'only say how many, show a sample, and who is left out and why')
    .option('--reason <text>', 'why; it goes into the audit trail')
    .option('--cap <mails>', 'refuse the whole when more would be sent (default: 1000)')
    .option('--n <number>', 'which re-send this is, for one mail that a relay accepted before')
    .option('--override <refusals...>', 'already-told, superseded, too-late, suppressed')
    .option('--name <name>', 'of a re-send that broke off: goes on where it was')
    .option('--as <name>', 'who you are (default: the user of this machine)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
What no relay accepted goes out as the same mail; what was accepted as a new one. Mails that are on their way, told,
superseded or suppressed are left out; an unknown outcome is for \`receipt resolve\`. Doing it twice sends once.
A list, and a filter that finds more than a thousand, is worked off as a batch: see \`receipt batch --help\`.

Examples:
  receipt resend --state failed --since 6h --dry-run
  receipt resend --state failed --since 6h --cap 500 --reason "relay mended, incident 4711"
  receipt resend 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11 --reason "new address registered"`,
    )
    .action(resend);
}

async function resend(ids: string[], options: Options): Promise<void> {
  const filter = await mailFilterOf(ids, options);
  const { list } = options;
  if (isEmpty(filter) === (list === undefined))
    throw new WronglyCalled(
      list === undefined
        ? 'Say which mails: ids, a filter such as --state failed, or a list.'
        : 'Say which mails in one way: --list alone, or ids and filters.',
    );
  const override = await overridesOf(options.override);
  const cap = wholeNumber('--cap', options.cap);
  const n = wholeNumber('--n', options.n);
  const [id, ...others] = ids;
  if (n !== undefined && (id === undefined || others.length > 0))
    throw new WronglyCalled('--n is for one mail, by its id');
  const acting = options.dryRun
    ? { actor: actorOf(options), reason: options.reason?.trim() || 'a dry run' }
    : { actor: actorOf(options), reason: reasonOf(options) };
  const name = options.name === undefined ? randomUUID() : uuid('--name', options.name);
  const source = `resend/${name}`;
  const order = { ...acting, override, cap, dryRun: options.dryRun ?? false };
  if (ids.length === 0 && (await asBatch(filter, options.dryRun ? order : { ...order, source }, options)))
    return;
  if (options.dryRun) {
    const looked = { override, cap, n, id: others.length === 0 ? id : undefined };
    return unlessRefused(() => plan(filter, looked, options.json));
  }
  if (id !== undefined && others.length === 0)
    return one(id, { ...acting, override, source, n }, options.json);
  note(`If this breaks off, call it again with --name ${name}.`);
  return many(filter, { ...acting, override, source, cap }, options.json);
}

/** A list, or so many that a filter finds, is a batch. @returns false where it is neither. */
async function asBatch(filter: MailFilter, order: ManyOrder, { list, json }: Options): Promise<boolean> {
  const { BatchService, DEFAULT_CAP, ResendLists } = await import('#libs/notifications/index.js');
  const file = list === undefined ? undefined : await openList(list, { kind: 'notificationId' });
  return withOperations(async (app) => {
    const { actor, reason, override, cap, dryRun } = order;
    const ordered = { override, cap, dryRun };
    const id = file
      ? await app
          .get(BatchService)
          .take({ action: 'resend', name: file.name, ordered }, 'terminal', file.rows, { actor, reason })
      : await app.get(ResendLists).listed(filter, order);
    if (id === undefined) return false;
    const most = cap ?? (file ? undefined : DEFAULT_CAP);
    await workOffList(app, id, { ...order, cap: most, json, undone: 'No mail was sent again.' });
    return true;
  });
}

interface Looked {
  override: Overridable[];
  cap?: number;
  n?: number;
  /** Of the mail, where it is one by its id. */
  id?: string;
}

/** The dry run: what would be sent, then what the act would be refused for. */
async function plan(filter: MailFilter, { id, ...asked }: Looked, json?: boolean): Promise<void> {
  const { DEFAULT_CAP, refuseSendsAbove, ResendService } = await import('#libs/notifications/index.js');
  await withOperations(async (app) => {
    const service = app.get(ResendService);
    const counts = await service.plan(filter, { override: asked.override, onProgress: showProgress });
    if (json) printJson({ dryRun: true, ...counts });
    else show(counts, () => 'would be');
    note('Nothing was done: this was a dry run. Without --dry-run, and with --reason, it is done.');
    if (id !== undefined) {
      if (!(await service.planOne(id, asked))) throw noSuchMail();
      return;
    }
    refuseSendsAbove(asked.cap ?? DEFAULT_CAP, counts.openedAgain + counts.madeNew);
    refuseNone(counts);
  });
}

interface Order {
  actor: string;
  reason: string;
  source: string;
  override: Overridable[];
}

async function one(id: string, order: Order & { n?: number }, json?: boolean): Promise<void> {
  const { ResendService } = await import('#libs/notifications/index.js');
  const done = await withOperations((app) => app.get(ResendService).resendOne(id, order));
  if (!done) throw noSuchMail();
  if (json) return printJson(done);
  note(
    done.done
      ? `Mail ${done.id} is sent again. \`receipt why\` shows what becomes of it.`
      : 'This very re-send was done before.',
  );
}

async function many(filter: MailFilter, order: Order & { cap?: number }, json?: boolean): Promise<void> {
  const { ResendService } = await import('#libs/notifications/index.js');
  const counts = await withOperations((app) =>
    app.get(ResendService).resend(filter, { ...order, onProgress: showProgress }),
  );
  if (json) printJson({ dryRun: false, ...counts });
  else show(counts, was);
  refuseNone(counts);
}

function refuseNone({ matching, openedAgain, madeNew, doneBefore }: ResendCounts): void {
  if (openedAgain + madeNew + doneBefore === 0)
    throw new NotDone(matching === 0 ? 'The filter finds no mail.' : 'No mail was sent again.');
}

function show(counts: ResendCounts, were: (mails: number) => string): void {
  const { matching, openedAgain, madeNew, toRegistered, doneBefore, leftOut, sample } = counts;
  printTable(
    ['MAILS', ''],
    [
      [String(matching), matching === 1 ? 'matches' : 'match'],
      [String(openedAgain), `${were(openedAgain)} sent again as the same mail`],
      [String(madeNew), `${were(madeNew)} sent again as a new mail`],
      ...(toRegistered > 0
        ? [
            [
              String(toRegistered),
              'of these to the address registered for the return: their own takes nothing',
            ],
          ]
        : []),
      ...(doneBefore > 0
        ? [[String(doneBefore), `${was(doneBefore)} sent again by this re-send before`]]
        : []),
      ...leftOut.map(({ mails, why, sentence }) => [String(mails), `left out, ${why}: ${sentence}`]),
    ],
  );
  for (const { todo, why } of leftOut) note(`${why}: ${todo}`);
  if (sample.length === 0) return;
  printLine('\nThe first of them:');
  printTable(
    ['ID', 'TAX RETURN', 'TEMPLATE', 'STATE', 'REASON'],
    sample.map(({ id, taxReturnId, template, state, reason }) => [
      id,
      taxReturnId,
      template,
      state,
      reason ?? '-',
    ]),
  );
}

function showProgress(seen: number): void {
  if (seen % 1000 === 0) note(`${counted(seen, 'mail')} looked at`);
}

async function overridesOf(words: string[] = []): Promise<Overridable[]> {
  const { OVERRIDABLE } = await import('#libs/notifications/index.js');
  const known = OVERRIDABLE.filter((name) => words.includes(name));
  if (known.length < new Set(words).size)
    throw new WronglyCalled(`--override takes ${OVERRIDABLE.join(', ')}`);
  return known;
}
