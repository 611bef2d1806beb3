import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import {
  BatchReader,
  BatchService,
  CHECKED_OUTCOMES,
  csvRows,
  OUTCOME_WORDS,
  STATE_WORDS,
  textOf,
  wordsFor,
} from '#libs/notifications/index.js';
import type { SeenBatch } from '#libs/notifications/index.js';
import type { Taxpayer } from './demo.world.js';

const PATIENCE = 60_000;
const ACTION = 'error-resolved';
const operator = { actor: 'the demonstration', reason: 'the fix is out' };

/** A fix is out, and a list goes in of everyone who was affected: a report, a run, a result for every row; and the same list once more. */
export class DemoList {
  private readonly batches: BatchService;
  private readonly reader: BatchReader;

  constructor(app: INestApplicationContext) {
    this.batches = app.get(BatchService);
    this.reader = app.get(BatchReader);
  }

  async tell(listed: Taxpayer[]): Promise<void> {
    const csv = listOf(listed);
    const rows = csv.trim().split('\n').length - 1;
    console.log(`\nA fix is out. A CSV of ${rows} rows goes in, with one of them twice and a stranger:\n`);
    const report = await this.bring(csv);
    for (const outcome of CHECKED_OUTCOMES)
      if (report.counts[outcome] > 0)
        say(`${report.counts[outcome]} ${wordsFor(report.counts[outcome], OUTCOME_WORDS[outcome])}`);
    say(`${STATE_WORDS[report.state]}\n`);
    await this.batches.move(report.id, 'start-batch', operator);
    await this.seen(report.id, ({ state, counts }) => state === 'finished' && counts.waiting === 0);
    console.log('\nIt ran. A result for every row:\n');
    let results = '';
    for await (const part of this.reader.results(report.id)) results += part;
    for (const line of results.trim().split('\r\n')) say(line);
    console.log('\nThe same list once more:\n');
    say(`${(await this.bring(csv)).detail ?? 'It was taken for another one.'}\n`);
  }

  /** @returns the batch when all of its rows are looked at, or it is refused. */
  private async bring(csv: string): Promise<SeenBatch> {
    const rows = csvRows(await textOf(bytesOf(csv)), { kind: 'taxReturnId' });
    const id = await this.batches.take({ action: ACTION, name: 'fixed.csv' }, 'upload', rows, operator);
    return this.seen(id, ({ state }) => state !== 'validating');
  }

  private async seen(id: string, isSo: (batch: SeenBatch) => boolean): Promise<SeenBatch> {
    const deadline = Date.now() + PATIENCE;
    while (Date.now() < deadline) {
      const batch = await this.reader.find(id);
      if (batch && isSo(batch)) return batch;
      await delay(100);
    }
    throw new Error(`The list had not come so far after ${PATIENCE / 1000} s`);
  }
}

function listOf(listed: Taxpayer[]): string {
  const ids = listed.map(({ taxReturnId }) => taxReturnId);
  return ['taxReturnId', ...ids, ...ids.slice(0, 1), randomUUID(), ''].join('\n');
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

function say(line: string): void {
  console.log(`           ${line}`);
}
