import { NestFactory } from '@nestjs/core';
import { NotificationsModule, StandingService } from '#libs/notifications/index.js';
import { JsonLogger, PlatformModule, readSettings } from '#libs/platform/index.js';
import type { World } from './world.js';

const RUNS = 10;

/** Milliseconds that the audit takes: both axes, all totals, from one snapshot. */
export async function counts(world: World): Promise<number> {
  const settings = readSettings(world.environment);
  const app = await NestFactory.createApplicationContext(
    { module: class CountsProcess {}, imports: [PlatformModule.with(settings), NotificationsModule] },
    { logger: new JsonLogger('warn') },
  );
  const standings = app.get(StandingService);
  await standings.audit();
  const since = performance.now();
  for (let run = 0; run < RUNS; run += 1) await standings.audit();
  const each = (performance.now() - since) / RUNS;
  await app.close();
  return each;
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
