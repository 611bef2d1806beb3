import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import type { BatchReader, SeenBatch } from '#libs/notifications/index.js';
import { bar } from './bars.js';
import { batchIn } from './batch.look.js';
import { Pace, spanWords, Stillness } from './batch.pace.js';
import { printReport } from './batch.report.js';
import { ResultsFile } from './batch.results.js';
import { Trouble } from './batch.trouble.js';
import { untilInterrupted } from './interrupted.js';
import { LiveLine } from './live.line.js';
import { uuid } from './option.values.js';
import { withOperations } from './operate.js';
import { counted, NotDone, note } from './terminal.js';

interface Options {
  results?: string;
  json?: boolean;
}

/** Milliseconds between two looks, and how many times longer than a look: to count many mails takes a while. */
const EVERY = 500;
const TIMES = 10;

/** A batch as it is now, again and again, until nobody wants to know it any more. */
export async function* looks(reader: BatchReader, id: string, end: AbortSignal): AsyncGenerator<SeenBatch> {
  while (!end.aborted) {
    const began = Date.now();
    yield await batchIn(reader, id);
    const pause = Math.max(EVERY, (Date.now() - began) * TIMES);
    await delay(pause, undefined, { signal: end }).catch(() => undefined);
  }
}

/** Shows a batch run. */
export async function watch(given: string, options: Options): Promise<void> {
  const id = uuid('The id of a batch', given);
  await withOperations((app) => watchIn(app, id, options));
}

/**
 * Shows a batch until it ends, then says how.
 * @throws NotDone when it ended in another way than with everyone told or on their way, or the person left before.
 */
export async function watchIn(app: INestApplicationContext, id: string, options: Options): Promise<void> {
  const { BatchReader } = await import('#libs/notifications/index.js');
  const reader = app.get(BatchReader);
  await batchIn(reader, id);
  const file = options.results === undefined ? undefined : await ResultsFile.in(options.results, reader, id);
  const ended = await untilInterrupted((end) => untilEnd(reader, id, end, file));
  await file?.write();
  if (file) note(`The result of every row, as far as it has come: ${file.path}`);
  if (!ended) throw new NotDone(`You left it, and it goes on: receipt batch watch ${id}`);
  await printReport(reader, ended, options);
  endingOf(ended);
}

/** @returns how it ended; undefined when the person left before. */
async function untilEnd(
  reader: BatchReader,
  id: string,
  end: AbortSignal,
  file?: ResultsFile,
): Promise<SeenBatch | undefined> {
  const { stateWords, whyItFails } = await import('#libs/notifications/index.js');
  const [line, pace, stillness, trouble] = [new LiveLine(), new Pace(), new Stillness(), new Trouble()];
  let saidStill = false;
  try {
    for await (const batch of looks(reader, id, end)) {
      pace.look(Date.now(), batch.left);
      const isStill = stillness.look(Date.now(), batch) !== 'moving';
      if (isOver(batch) && (batch.counts.waiting === 0 || isStill)) return batch;
      line.show(
        batch.state,
        batch.state === 'running' ? lineOf(batch, pace) : standOf(batch, stateWords(batch)),
      );
      const why = trouble.look(whyItFails(batch));
      if (why !== undefined) line.say(why);
      if (isStill && !saidStill && isWorked(batch) && !trouble.isThere) line.say(noWorker);
      saidStill = isStill;
      await file?.keepUp();
    }
  } finally {
    line.end();
  }
  return undefined;
}

/** While a batch needs a worker and stands still. */
export const noWorker =
  'Nothing has come forward for a while. Does a worker run? It goes on by itself as soon as one does (npm start, or dist/apps/worker/src/main.js).';

function isWorked({ state }: SeenBatch): boolean {
  return state === 'validating' || state === 'running';
}

/** It does not go on by itself. */
function isOver({ state }: SeenBatch): boolean {
  return state === 'finished' || state === 'stopped' || state === 'aborted' || state === 'refused';
}

type Mails = Pick<SeenBatch['counts'], 'told' | 'waiting' | 'failed' | 'uncertain'>;

/** As much of a batch as says how far it has come. */
interface Running extends Pick<SeenBatch, 'applied' | 'left'> {
  counts: Mails;
}

/** Characters of the bar: a million rows, their rate and the time that is left fit beside it on 80 columns. */
const WIDTH = 16;

/** Such as `████▎  27 %, 2700 of 10000 rows, 250 a second, 30 s left`, and below it what became of the mails. */
export function lineOf(batch: Running, { rate, remaining }: Pick<Pace, 'rate' | 'remaining'>): string {
  const all = batch.applied + batch.left;
  const percent = Math.floor((batch.applied * 100) / Math.max(1, all));
  return [
    bar(batch.applied, Math.max(1, all), WIDTH).padEnd(WIDTH),
    [
      ` ${String(percent).padStart(3)} %`,
      `${batch.applied} of ${counted(all, 'row')}`,
      ...(rate === undefined ? [] : [`${rate < 10 ? Number(rate.toFixed(1)) : Math.round(rate)} a second`]),
      ...(remaining === undefined ? [] : [`${spanWords(remaining)} left`]),
    ].join(', '),
    `\n${mailsOf(batch)}`,
  ].join('');
}

function standOf(batch: SeenBatch, words: string): string {
  if (batch.state === 'validating')
    return batch.rows === 0
      ? 'Its list is read.'
      : `Its rows are looked at: ${batch.checked} of ${batch.rows}.`;
  return batch.applied === 0
    ? words
    : `${words} ${counted(batch.applied, 'row was', 'rows were')} run; ${mailsOf(batch)}`;
}

function mailsOf({ counts: { told, waiting, failed, uncertain } }: { counts: Mails }): string {
  return `${told} told, ${counted(waiting, 'on its way', 'on their way')}, ${failed} failed, ${uncertain} uncertain`;
}

/** @throws NotDone where somebody has to look. */
function endingOf({ state, detail, counts }: SeenBatch): void {
  if (state === 'stopped') throw new NotDone(detail ?? 'It stopped by itself.');
  if (state === 'refused') throw new NotDone(detail ?? 'Nothing of it can be run.');
  if (state === 'aborted') throw new NotDone('Somebody ended it before its end.');
  const untold = counts.failed + counts.uncertain;
  if (untold > 0)
    throw new NotDone(
      `Somebody has to look: ${counted(untold, 'of its mails has', 'of its mails have')} told nobody for certain.`,
    );
}
