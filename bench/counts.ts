import type { INestApplicationContext } from '@nestjs/common';
import {
  NotificationService,
  OverTimeService,
  ReplayService,
  StandingService,
  SweepService,
  WatchService,
} from '#libs/notifications/index.js';
import type { Report } from './figure.js';
import type { World } from './world.js';

const RUNS = 10;
const DAY = 86_400_000;

/** Milliseconds of what must not grow with the rows that nobody has to look at: what people ask, and the sweep. */
export async function counts(app: INestApplicationContext, against: string, report: Report): Promise<void> {
  const [watch, overTime] = [app.get(WatchService), app.get(OverTimeService)];
  const end = (Math.floor(Date.now() / DAY) + 1) * DAY;
  const month = { from: new Date(end - 30 * DAY), step: DAY, count: 30 };
  const asked: [string, () => Promise<unknown>][] = [
    ['a sweep', () => sweep(app)],
    ['the counts on both axes', () => app.get(StandingService).audit()],
    ['the oldest untold taxpayer', () => watch.oldestUntold()],
    ['what needs a person, by reason', () => watch.groups()],
    ['both plots over a month', () => Promise.all([overTime.told(month), overTime.delivered(month)])],
    ['the newest 50 untold', () => app.get(NotificationService).page({ standing: 'failure', limit: 50 })],
  ];
  for (const [name, work] of asked)
    report.add({ name: `${name}, of ${against}`, value: await milliseconds(work), unit: 'ms' });
}

/** All that the sweep's timer does. */
async function sweep(app: INestApplicationContext): Promise<void> {
  await app.get(SweepService).sweep();
  await app.get(ReplayService).replayMatched();
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  await work();
  const since = performance.now();
  for (let run = 0; run < RUNS; run += 1) await work();
  return (performance.now() - since) / RUNS;
}

/** Submissions of earlier days with their receipts; one in a thousand has none, and one in ten of those was remediated. */
export async function fillSubmissions(world: World, rows: number): Promise<void> {
  const step = 500_000;
  for (let from = 0; from < rows; from += step)
    await world.sql(
      `WITH old AS (
         INSERT INTO tax_returns (id) VALUES (uuidv7()) RETURNING id
       ), filed AS (
         INSERT INTO submissions (id, tax_return_id, key, submission_id, receipt_id, created_at)
         SELECT uuidv7(), old.id, 'old-' || n, 'filed-' || n, CASE WHEN n % 1000 = 0 THEN NULL ELSE 'R' || n END,
                now() - n * interval '1 second'
         FROM old, generate_series($1::int + 1, $2::int) AS n
         RETURNING id, key, receipt_id
       )
       INSERT INTO remediations (id, submission_uuid, actor)
       SELECT uuidv7(), id, 'bench' FROM filed WHERE receipt_id IS NULL AND key LIKE '%0000'`,
      [from, Math.min(from + step, rows)],
    );
  await world.sql('VACUUM ANALYZE submissions');
  await world.sql('VACUUM ANALYZE remediations');
}
