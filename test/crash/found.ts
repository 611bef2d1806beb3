import pg from 'pg';
import type { Stack } from '../support/stack.js';

/** What the database holds of the one mail of a return. */
export interface Found {
  state: string | undefined;
  /** Tries begun. */
  attempt: number | undefined;
  /** Outcomes of its conversations with the relay, oldest first; null while one is open. */
  deliveries: (string | null)[];
}

export async function found(stack: Stack, { taxReturnId }: { taxReturnId: string }): Promise<Found> {
  const [row] = await stack.sql<{ state: string; attempt: number; deliveries: (string | null)[] }>(
    `SELECT state, attempt,
            array(SELECT outcome::text FROM deliveries d WHERE d.notification_id = n.id ORDER BY d.attempt) AS deliveries
     FROM notifications n WHERE tax_return_id = $1`,
    [taxReturnId],
  );
  return { state: row?.state, attempt: row?.attempt, deliveries: row?.deliveries ?? [] };
}

/** What happened to a return, oldest first. */
export async function eventsOf(stack: Stack, { taxReturnId }: { taxReturnId: string }): Promise<string[]> {
  const rows = await stack.sql<{ type: string }>(
    `SELECT e.type FROM submission_events e JOIN submissions s ON s.id = e.submission_uuid
     WHERE s.tax_return_id = $1 ORDER BY e.sequence`,
    [taxReturnId],
  );
  return rows.map(({ type }) => type);
}

/** How many notifications are in each state. */
export async function countByState(stack: Stack): Promise<Record<string, number>> {
  const rows = await stack.sql<{ state: string; count: number }>(
    'SELECT state, count(*)::int AS count FROM notifications GROUP BY state',
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** Sessions of this database that wait for a lock. */
const WAITING = `FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

/** How many wait for a lock. */
export async function sessionsThatWait(stack: Stack): Promise<number> {
  return (await stack.sql(`SELECT 1 ${WAITING}`)).length;
}

/** Those who wait for what a test holds. */
export interface Others {
  waiting(): Promise<number>;
  /** Their sessions are ended, as those of a dead process in time would be. */
  end(): Promise<void>;
}

/** Holds the rows that `query` locks for this return, so that whoever wants them has to wait until `work` is done. */
export async function held(
  stack: Stack,
  query: string,
  taxReturnId: string,
  work: (others: Others) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(query, [taxReturnId]);
    await work({
      waiting: () => sessionsThatWait(stack),
      end: async () => void (await stack.sql(`SELECT pg_terminate_backend(pid) ${WAITING}`)),
    });
  } finally {
    await client.end();
  }
}
