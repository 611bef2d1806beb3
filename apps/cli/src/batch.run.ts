import type { INestApplicationContext } from '@nestjs/common';
import type { BatchAsk, BatchFilter, SeenBatch } from '#libs/notifications/index.js';
import { openList } from './batch.list.file.js';
import type { ListFile } from './batch.list.file.js';
import { Stillness } from './batch.pace.js';
import { printReport } from './batch.report.js';
import { makeFolder, ResultsFile } from './batch.results.js';
import { askOf, filterOf } from './batch.run.options.js';
import type { AskOptions } from './batch.run.options.js';
import { looks, noWorker, watchIn } from './batch.watch.js';
import { untilInterrupted } from './interrupted.js';
import { Trouble } from './batch.trouble.js';
import { LiveLine } from './live.line.js';
import { wholeNumber } from './option.values.js';
import { actorOf, reasonOf, withOperations } from './operate.js';
import { NotDone, note, WronglyCalled } from './terminal.js';

interface Options extends AskOptions {
  start?: boolean;
  rate?: string;
  results?: string;
  dryRun?: boolean;
  reason?: string;
  as?: string;
  json?: boolean;
}

interface Acting {
  actor: string;
  reason: string;
}

/** Writes a list down, waits for its report, and runs it where that was asked for. */
export async function run(file: string | undefined, options: Options): Promise<void> {
  const { subjectOf } = await import('#libs/notifications/index.js');
  if (options.dryRun && options.start)
    throw new WronglyCalled('A dry run starts nothing: --dry-run or --start.');
  // A dry run ends with its report by itself, whoever is killed meanwhile.
  const ask = { ...(await askOf(options)), ...(options.dryRun ? { ordered: { dryRun: true } } : {}) };
  const filter = await filterOf(options);
  if ((file === undefined) === (filter === undefined))
    throw new WronglyCalled(
      'Say which returns, in one way: a file, - for standard input, or a filter such as --failure-category.',
    );
  const rate = wholeNumber('--rate', options.rate);
  const reason = options.dryRun ? options.reason?.trim() || 'a dry run' : reasonOf(options);
  const acting = { actor: actorOf(options), reason };
  if (options.results !== undefined) await makeFolder(options.results);
  const list =
    filter ?? (await openList(file ?? '-', { kind: subjectOf(ask.action), column: options.column }));
  await withOperations(async (app) => {
    const batch = await reported(app, await bring(app, ask, list, acting), acting, options.dryRun);
    if (options.dryRun) return showRehearsal(app, batch, options);
    await go(app, batch, { ...options, rate, acting });
  });
}

async function bring(
  app: INestApplicationContext,
  ask: BatchAsk,
  list: ListFile | BatchFilter,
  acting: Acting,
): Promise<string> {
  const { BatchService } = await import('#libs/notifications/index.js');
  const service = app.get(BatchService);
  if (!('rows' in list)) return service.find(ask, { kind: 'known', filter: list }, acting);
  return service.take({ ...ask, name: list.name }, 'terminal', list.rows, acting);
}

/** Waits until all rows are looked at. A rehearsal that is left is ended. */
async function reported(
  app: INestApplicationContext,
  id: string,
  acting: Acting,
  isRehearsal = false,
): Promise<SeenBatch> {
  const { BatchService } = await import('#libs/notifications/index.js');
  const batch = await untilInterrupted((end) => untilReported(app, id, end)).catch(async (error: unknown) => {
    if (isRehearsal) await app.get(BatchService).move(id, 'abort-batch', acting);
    throw error;
  });
  if (batch) return batch;
  if (isRehearsal) {
    await app.get(BatchService).move(id, 'abort-batch', acting);
    throw new NotDone('You left before the report was there. Nothing was done: the batch is ended.');
  }
  throw new NotDone(
    `You left before the report was there. It is made all the same: receipt batch watch ${id}`,
  );
}

async function untilReported(
  app: INestApplicationContext,
  id: string,
  end: AbortSignal,
): Promise<SeenBatch | undefined> {
  const { BatchReader, whyItFails } = await import('#libs/notifications/index.js');
  const [line, stillness, trouble] = [new LiveLine(), new Stillness(), new Trouble()];
  let saidStill = false;
  try {
    for await (const batch of looks(app.get(BatchReader), id, end)) {
      if (batch.state !== 'validating') return batch;
      const how = stillness.look(Date.now(), batch);
      const why = trouble.look(whyItFails(batch));
      if (why !== undefined) line.say(why);
      if (how === 'for-long' && !trouble.isThere)
        throw new NotDone(
          `Nobody has looked at its rows for a minute, so no worker seems to run. Batch ${id} is kept: start a worker, then receipt batch watch ${id}`,
        );
      line.show(
        batch.rows === 0 ? 'read' : 'checked',
        batch.rows === 0
          ? `Batch ${id}. A worker looks up who is meant.`
          : `Batch ${id}. A worker looks at its rows: ${batch.checked} of ${batch.rows}.`,
      );
      if (how === 'still' && !saidStill && !trouble.isThere) line.say(noWorker);
      saidStill = how === 'still';
    }
  } finally {
    line.end();
  }
  return undefined;
}

async function showRehearsal(
  app: INestApplicationContext,
  batch: SeenBatch,
  options: Options,
): Promise<void> {
  const { BatchReader, DRY_RUN } = await import('#libs/notifications/index.js');
  const reader = app.get(BatchReader);
  if (options.results !== undefined) await (await ResultsFile.in(options.results, reader, batch.id)).write();
  await printReport(reader, batch, { dryRun: true, json: options.json });
  note('Nothing was done: this was a dry run. Its batch is ended, so that nobody starts it by mistake.');
  if (batch.reason !== DRY_RUN) return refuseRefused(batch);
  if (batch.left === 0) throw new NotDone(NOTHING_TO_RUN);
}

interface Going extends Options {
  acting: Acting;
}

async function go(
  app: INestApplicationContext,
  batch: SeenBatch,
  { acting, rate, ...options }: Omit<Going, 'rate'> & { rate?: number },
): Promise<void> {
  const { BatchReader, BatchService } = await import('#libs/notifications/index.js');
  const [reader, service] = [app.get(BatchReader), app.get(BatchService)];
  const { id, state } = batch;
  if (rate !== undefined && isWaiting(batch)) await service.pace(id, rate, acting);
  const starts = options.start === true && state === 'validated';
  if (!starts || !options.json) await printReport(reader, batch, { json: options.json });
  if (starts) {
    await service.move(id, 'start-batch', acting);
    return watchIn(app, id, options);
  }
  if (options.results !== undefined) await (await ResultsFile.in(options.results, reader, id)).write();
  refuseRefused(batch);
  if (options.start && state === 'awaiting-approval')
    throw new NotDone('It was not started: another person has to approve it first.');
}

const NOTHING_TO_RUN = 'No row of the list can be run.';

/** Something of it can be run. */
function isWaiting({ state }: SeenBatch): boolean {
  return state === 'validated' || state === 'awaiting-approval';
}

/** @throws WronglyCalled where the list is at fault; NotDone where there is nothing to do. */
function refuseRefused({ state, reason, detail }: SeenBatch): void {
  if (state === 'refused' && reason !== 'same-content' && reason !== 'broken-off')
    throw new WronglyCalled(detail ?? 'The list cannot be run.');
  if (state === 'refused') throw new NotDone(detail ?? 'It was not run.');
  if (state === 'aborted') throw new NotDone('Somebody ended it before its report was there.');
  if (state === 'finished') throw new NotDone(NOTHING_TO_RUN);
}
