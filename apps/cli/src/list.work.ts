import type { INestApplicationContext } from '@nestjs/common';
import type { BatchState, SeenBatch } from '#libs/notifications/index.js';
import { batchIn } from './batch.look.js';
import { printReport } from './batch.report.js';
import { Trouble } from './batch.trouble.js';
import { untilInterrupted } from './interrupted.js';
import { LiveLine } from './live.line.js';
import { NotDone, note, WronglyCalled } from './terminal.js';

interface Order {
  actor: string;
  reason: string;
  dryRun?: boolean;
}

/**
 * Brings a batch to its report, and to its end where nobody else is needed. This terminal works on it: no worker has to run, and where
 * it is killed a worker goes on. A dry run ends with its report.
 * @throws WronglyCalled when its list is at fault; NotDone when the person left it.
 */
export async function workedOff(app: INestApplicationContext, id: string, order: Order): Promise<SeenBatch> {
  const { BatchReader, BatchService } = await import('#libs/notifications/index.js');
  const [reader, service] = [app.get(BatchReader), app.get(BatchService)];
  const { actor, reason, dryRun = false } = order;
  const acting = { actor, reason };
  const reported = await worked(app, id);
  if (dryRun && reported === 'validating') await service.move(id, 'abort-batch', acting);
  if (reported === 'validated') await service.move(id, 'start-batch', acting);
  const state = reported === 'validated' ? await worked(app, id) : reported;
  if (state === 'validating' || state === 'running')
    throw new NotDone(
      dryRun
        ? 'You left before the report was there. Nothing was done: the batch is ended.'
        : `You left it, and a worker goes on: receipt batch watch ${id}`,
    );
  const batch = await batchIn(reader, id);
  if (batch.state === 'refused') throw new WronglyCalled(batch.detail ?? 'The list cannot be read.');
  return batch;
}

/**
 * Brings a batch as far as {@link workedOff} does, and prints its report.
 * @throws ActionRefused where a dry run finds more than the cap; NotDone with `undone` when no row of it was, or would be, done.
 */
export async function workOffList(
  app: INestApplicationContext,
  id: string,
  order: Order & { json?: boolean; cap?: number; undone: string },
): Promise<void> {
  const { BatchReader, refuseRowsAbove } = await import('#libs/notifications/index.js');
  const batch = await workedOff(app, id, order);
  const { dryRun, json } = order;
  await printReport(app.get(BatchReader), batch, { json, dryRun });
  if (dryRun) note('Nothing was done: this was a dry run. Without --dry-run, and with --reason, it is done.');
  else refuseUndone(batch);
  if (dryRun && order.cap !== undefined) refuseRowsAbove(order.cap, batch.counts.ready);
  if (batch.counts.ready + batch.counts.applied === 0) throw new NotDone(order.undone);
}

/** What keeps a batch from having been done, though nothing is wrong with its list. @throws NotDone */
export function refuseUndone({ id, state, detail }: SeenBatch): void {
  if (state === 'awaiting-approval')
    throw new NotDone(
      `Nothing was done yet: it is so large that another person has to approve it. receipt batch approve ${id} --reason "…", and then receipt batch start ${id} --reason "…"`,
    );
  if (state === 'stopped' || state === 'paused' || state === 'aborted')
    throw new NotDone(
      `${detail ?? `Somebody else ${state === 'paused' ? 'paused' : 'ended'} it.`} receipt batch show ${id}`,
    );
}

async function worked(app: INestApplicationContext, id: string): Promise<BatchState | undefined> {
  const { BatchHand } = await import('#libs/notifications/index.js');
  const [line, trouble] = [new LiveLine(), new Trouble()];
  try {
    return await untilInterrupted((end) =>
      app.get(BatchHand).work(id, end, (far) => {
        const { state, checkedTo, appliedTo } = far;
        line.show(
          state,
          state === 'validating'
            ? `Batch ${id}: looked at up to row ${checkedTo}.`
            : `Batch ${id}: done up to row ${appliedTo}.`,
        );
        const why = trouble.look(far.whyItFails);
        if (why !== undefined) line.say(why);
      }),
    );
  } finally {
    line.end();
  }
}
