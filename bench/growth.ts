import { NestFactory } from '@nestjs/core';
import { NotificationsModule } from '#libs/notifications/index.js';
import { JsonLogger, PlatformModule, readSettings } from '#libs/platform/index.js';
import { counts, fillSubmissions } from './counts.js';
import type { Report } from './figure.js';
import { settle } from './end-to-end.js';
import { World, type Backend, type Servers } from './world.js';

const MAILS = 2_000;

/** What the work of today costs when so many mails were settled and so many submissions arrived before. */
export async function growth(
  servers: Servers,
  backend: Backend,
  rows: number,
  report: Report,
): Promise<void> {
  const world = await World.make(servers, backend);
  await fill(world, rows);
  await fillSubmissions(world, rows);
  const against = `${rows.toLocaleString('en')} rows`;
  const { rate } = await settle(world, { processes: 1, mails: MAILS });
  report.add({ name: `end to end on top of ${against}`, value: rate, unit: 'mails/s' });
  const settings = readSettings(world.environment);
  const app = await NestFactory.createApplicationContext(
    { module: class GrowthProcess {}, imports: [PlatformModule.with(settings), NotificationsModule] },
    { logger: new JsonLogger('warn') },
  );
  await counts(app, against, report);
  await app.close();
  await world.stop();
}

/** Mails of earlier days, handed over at the first try; one in ten thousand failed. */
async function fill(world: World, rows: number): Promise<void> {
  const step = 500_000;
  for (let from = 0; from < rows; from += step)
    await world.sql(
      `WITH old AS (
         INSERT INTO notifications (id, tax_return_id, template, occurrence, submission_id, source, state, reason, due_at, attempt,
                                    opened_at, requested_at, settled_at)
         SELECT uuidv7(), uuidv7(), 'accepted', 'old', 'old-' || n, 'bench/old#' || n,
                (CASE WHEN n % 10000 = 0 THEN 'failed' ELSE 'handed_over' END)::notification_state,
                CASE WHEN n % 10000 = 0 THEN 'recipient-refused' END, past, 1, past, past, past
         FROM generate_series($1::int + 1, $2::int) AS n, LATERAL (SELECT now() - interval '1 day' - n * interval '1 second' AS past) AS p
         RETURNING id, state, due_at
       )
       INSERT INTO deliveries (notification_id, attempt, outcome, relay, language, template_version, opened_at, settled_at)
       SELECT id, 1, (CASE WHEN state = 'failed' THEN 'refused' ELSE 'accepted' END)::delivery_outcome, 'relay', 'en', 'v', due_at, due_at
       FROM old`,
      [from, Math.min(from + step, rows)],
    );
  await world.sql('VACUUM ANALYZE notifications');
  await world.sql('VACUUM ANALYZE deliveries');
}
