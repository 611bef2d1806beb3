import { Prepared } from '#libs/platform/index.js';

/** By the clock of the database, as its mails are settled. Nothing that failed before holds it up. */
export const BEGINS_TO_RUN = new Prepared<[id: string], never>(
  'batch begins to run',
  `UPDATE batches SET started_at = coalesce(started_at, now()), resumed_at = now(), reason = NULL, detail = NULL,
          lease_until = CASE WHEN failures = 0 THEN lease_until END, failures = 0
   WHERE id = $1::uuid`,
);

/** Later than all that was recorded under the same lock: mails that were asked for before this end with it. */
export const ENDS = new Prepared<[id: string], never>(
  'batch ends',
  'UPDATE batches SET ended_at = clock_timestamp() WHERE id = $1::uuid',
);
