import { NestFactory } from '@nestjs/core';
import { NotificationsModule } from '#libs/notifications/index.js';
import { JsonLogger, PlatformModule, readSettings } from '#libs/platform/index.js';
import { counts, fillSubmissions } from './counts.js';
import { processorSecondsOfOurs, settle, type Settled } from './end-to-end.js';
import { percentile, type Report } from './figure.js';
import { World, type Backend, type Servers } from './world.js';

/** Mails of a round. The first round of each worker warms it up and is not counted. */
const MAILS = 2_000;
const ROUNDS = 3;

/**
 * What the work of today costs when so many mails were settled and so many submissions arrived before. The sizes take turns, each with a
 * worker of its own that goes on, so that none has the better half of a busy machine's hour.
 */
export async function growth(
  servers: Servers,
  backend: Backend,
  sizes: number[],
  report: Report,
): Promise<void> {
  const grown: { world: World; against: string; rounds: Settled[] }[] = [];
  for (const rows of sizes) {
    const world = await World.make(servers, backend);
    await fillSubmissions(world, rows);
    await fill(world, rows);
    grown.push({ world, against: `${rows.toLocaleString('en')} rows`, rounds: [] });
  }
  // What was filled in is on disk before anything is measured.
  await grown[0]?.world.sql('CHECKPOINT');
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const { world, rounds } of grown) {
      const settled = await settle(world, { processes: 1, mails: MAILS });
      if (round > 0) rounds.push(settled);
    }
  reportRounds(grown, report);
  for (const { world, against } of grown) {
    await world.stopWorkers();
    await countsOf(world, against, report);
    await world.stop();
  }
}

/** The middle round of each size, beside that of the first size. */
function reportRounds(grown: { against: string; rounds: Settled[] }[], report: Report): void {
  const middle = (of: (settled: Settled) => number) =>
    grown.map(({ rounds }) => percentile(rounds.map(of), 0.5));
  const figures = [
    { name: 'end to end: CPU in all', unit: 'ms/mail', values: middle(millisecondsOfOurs) },
    { name: 'end to end', unit: 'mails/s', values: middle(({ rate }) => rate) },
  ];
  for (const { name, unit, values } of figures)
    grown.forEach(({ against }, index) => {
      const value = values[index] ?? Number.NaN;
      const compared = { against: grown[0]?.against, ratio: value / (values[0] ?? Number.NaN) };
      report.add({ name: `${name}, on top of ${against}`, value, unit, ...(index > 0 ? compared : {}) });
    });
}

function millisecondsOfOurs({ processor }: Settled): number {
  return (processorSecondsOfOurs(processor) / MAILS) * 1000;
}

async function countsOf(world: World, against: string, report: Report): Promise<void> {
  const settings = readSettings(world.environment);
  const app = await NestFactory.createApplicationContext(
    { module: class GrowthProcess {}, imports: [PlatformModule.with(settings), NotificationsModule] },
    { logger: new JsonLogger('warn') },
  );
  await counts(app, against, report);
  await app.close();
}

/**
 * Mails of last year, handed over at the first try; one in ten thousand failed, and what half of them said is erased. Each has its
 * conversation and a receipt that it arrived; and the submissions that are there have their first event.
 */
async function fill(world: World, rows: number): Promise<void> {
  const step = 500_000;
  for (let from = 0; from < rows; from += step)
    await world.sql(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, submission_id, source, state, reason, due_at, attempt,
                                  opened_at, requested_at, settled_at, erased_at)
       SELECT uuidv7(), uuidv7(), 'accepted', 'old', 'old-' || n, 'bench/old#' || n,
              (CASE WHEN n % 10000 = 0 THEN 'failed' ELSE 'handed_over' END)::notification_state,
              CASE WHEN n % 10000 = 0 THEN 'recipient-refused' END, past, 1, past, past, past,
              CASE WHEN n % 2 = 1 THEN now() END
       FROM generate_series($1::int + 1, $2::int) AS n, LATERAL (SELECT now() - interval '366 days' - n * interval '1 second' AS past) AS p`,
      [from, Math.min(from + step, rows)],
    );
  // What hangs on rows that are there needs no look whether they are.
  await world.sql(
    `BEGIN;
     SET LOCAL session_replication_role = replica;
     INSERT INTO deliveries (notification_id, attempt, outcome, relay, language, template_version, opened_at, settled_at)
     SELECT id, 1, (CASE WHEN state = 'failed' THEN 'refused' ELSE 'accepted' END)::delivery_outcome, 'relay', 'en', 'v', due_at, due_at
     FROM notifications;
     INSERT INTO mail_receipts (id, notification_id, attempt, kind, occurred_at)
     SELECT 'bench/' || id, id, 1, 'delivery', due_at FROM notifications WHERE state = 'handed_over';
     INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at, recorded_at)
     SELECT id, 'processing', '', 'registration/' || id, created_at, created_at FROM submissions;
     COMMIT`,
  );
  for (const table of ['notifications', 'deliveries', 'mail_receipts', 'submission_events'])
    await world.sql(`VACUUM ANALYZE ${table}`);
}
