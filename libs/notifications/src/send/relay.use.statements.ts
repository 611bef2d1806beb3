import { Prepared } from '#libs/platform/index.js';
import { GOES_ON } from './notification.statements.js';
import type { RelayUse, TrialOutcome } from './relay.use.rules.js';
import type { QueuedRow } from './send.queue.js';

const USE = `first, second, on_second AS "onSecond", since, first_ill_since AS "firstIllSince", second_ill_since AS "secondIllSince",
  trials_taken AS "trialsTaken", revision`;

/** Which relay is in use; no row without a second one. */
export const RELAY_USE = new Prepared<[], RelayUse>('relay use', `SELECT ${USE} FROM relay_use WHERE id = 1`);

/** The same for who sends: with how the last trial ended, and the time by the clock that all share. */
export const RELAY_USE_NOW = new Prepared<
  [],
  RelayUse & { trialDue: boolean; trialEnded: TrialOutcome; now: Date }
>(
  'relay use now',
  `SELECT ${USE}, next_trial_at <= now() AS "trialDue", now() AS now,
          (SELECT outcome::text FROM deliveries WHERE notification_id = trial_of AND attempt = trial_attempt AND relay = first LIMIT 1) AS "trialEnded"
   FROM relay_use WHERE id = 1`,
);

/** Begins anew where the relays are others than before. */
export const MEET_RELAYS = new Prepared<[first: string, second: string], never>(
  'meet relays',
  `INSERT INTO relay_use AS use (id, first, second) VALUES (1, $1::text, $2::text)
   ON CONFLICT (id) DO UPDATE
   SET first = EXCLUDED.first, second = EXCLUDED.second, on_second = false, since = now(), first_ill_since = NULL, second_ill_since = NULL,
       next_trial_at = now(), trial_of = NULL, trial_attempt = NULL, trials_taken = 0, revision = use.revision + 1
   WHERE (use.first, use.second) IS DISTINCT FROM (EXCLUDED.first, EXCLUDED.second)`,
);

export const FORGET_RELAYS = new Prepared<[], never>('forget relays', `DELETE FROM relay_use`);

/** A row comes back where nobody else changed the use meanwhile. @param nextTrial milliseconds; null: the trial, if any, goes on. */
export const CHANGE_USE = new Prepared<
  [
    revision: number,
    onSecond: boolean,
    firstIllSince: Date | null,
    secondIllSince: Date | null,
    trialsTaken: number,
    nextTrial: number | null,
  ],
  { revision: number }
>(
  'change use',
  `UPDATE relay_use
   SET since = CASE WHEN on_second = $2::bool THEN since ELSE now() END, on_second = $2::bool,
       first_ill_since = $3::timestamptz(3), second_ill_since = $4::timestamptz(3), trials_taken = $5::int,
       trial_of = CASE WHEN $6::float8 IS NULL THEN trial_of END, trial_attempt = CASE WHEN $6::float8 IS NULL THEN trial_attempt END,
       next_trial_at = CASE WHEN $6::float8 IS NULL THEN next_trial_at ELSE now() + $6::float8 * interval '1 millisecond' END,
       revision = revision + 1
   WHERE id = 1 AND revision = $1::int RETURNING revision`,
);

/** A row comes back for the one mail that tries the first relay. @param longest milliseconds until its trial counts as lost. */
export const TRY_FIRST = new Prepared<[id: string, attempt: number, longest: number], { revision: number }>(
  'try first',
  `UPDATE relay_use
   SET trial_of = $1::uuid, trial_attempt = $2::int, next_trial_at = now() + $3::float8 * interval '1 millisecond', revision = revision + 1
   WHERE id = 1 AND on_second AND next_trial_at <= now() RETURNING revision`,
);

/** Mails that wait for their retry because of a relay that is not in use: due now. @param longest milliseconds that a retry may wait. */
export const BRING_FORWARD = new Prepared<[relay: string, longest: number, limit: number], QueuedRow>(
  'bring forward',
  `UPDATE notifications SET due_at = now()
   WHERE id IN (
     SELECT n.id FROM notifications n
     JOIN LATERAL (SELECT * FROM deliveries WHERE notification_id = n.id AND attempt = n.attempt LIMIT 1) d
       ON d.relay = $1::text AND d.outcome = 'deferred'
     WHERE n.state = 'queued' AND n.due_at > now() AND n.due_at < now() + $2::float8 * interval '1 millisecond'
       AND n.attempt > n.tried_before AND ${GOES_ON}
     ORDER BY n.due_at LIMIT $3::int FOR UPDATE OF n SKIP LOCKED)
   RETURNING id, template, state::text AS state, attempt, batch_id IS NOT NULL AS "inBatch", 0::float8 AS wait, true AS "isSooner"`,
);
