import type { BatchMove, PlainMove } from '#libs/notifications/index.js';
import { foresee } from './dry.run.js';
import { uuid, wholeNumber } from './option.values.js';
import { actorOf, reasonOf, withOperations } from './operate.js';
import type { ActingOptions } from './operate.js';
import { counted, note, printJson } from './terminal.js';

const DONE: Record<PlainMove, (id: string) => string> = {
  'start-batch': (id) => `Started. See it run: receipt batch watch ${id}`,
  'pause-batch': (id) =>
    `Paused. Mails that are being sent go, the others wait. Go on: receipt batch resume ${id} --reason "…"`,
  'resume-batch': (id) => `It goes on. See it run: receipt batch watch ${id}`,
  'abort-batch': (id) =>
    `Ended. Mails that are being sent go, the others are not sent (to send them all the same: receipt resend --batch ${id}). What was not run: receipt batch remaining ${id}`,
};

/** Starts, pauses, resumes or ends a batch. */
export async function move(what: PlainMove, given: string, options: ActingOptions): Promise<void> {
  const { BatchService } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a batch', given);
  const actor = actorOf(options);
  if (options.dryRun) return foreseeMove(what, id, actor, options.json);
  const acting = { actor, reason: reasonOf(options) };
  await withOperations((app) => app.get(BatchService).move(id, what, acting));
  if (options.json) return printJson({ id, done: what });
  note(DONE[what](id));
}

/** What a move would do. */
export function foreseeMove(what: BatchMove, id: string, actor: string, json?: boolean): Promise<void> {
  return foresee(async () => {
    const { BatchService } = await import('#libs/notifications/index.js');
    const acting = { actor, reason: 'a dry run' };
    const { from, to } = await withOperations((app) => app.get(BatchService).planMove(id, what, acting));
    return { would: `It is ${said(from)}, and would be ${said(to)}.`, figures: { id, from, to } };
  }, json);
}

/** Sets how fast a batch runs. */
export async function pace(given: string, rows: string, options: ActingOptions): Promise<void> {
  const { BatchService } = await import('#libs/notifications/index.js');
  const id = uuid('The id of a batch', given);
  const rate = rows === 'none' ? null : (wholeNumber('The rate', rows) ?? null);
  const actor = actorOf(options);
  if (options.dryRun)
    return foresee(async () => {
      const acting = { actor, reason: 'a dry run' };
      const before = await withOperations((app) => app.get(BatchService).planPace(id, rate, acting));
      return {
        would: `It would run ${paceOf(rate)}; now it runs ${paceOf(before)}.`,
        figures: { id, from: before, to: rate },
      };
    }, options.json);
  const acting = { actor, reason: reasonOf(options) };
  await withOperations((app) => app.get(BatchService).pace(id, rate, acting));
  if (options.json) return printJson({ id, rate });
  note(`It runs ${paceOf(rate)}.`);
}

function paceOf(rate: number | null): string {
  return rate === null ? 'as fast as its mails go' : `${counted(rate, 'row')} a second at most`;
}

function said(state: string): string {
  return state.replace('-', ' ');
}
