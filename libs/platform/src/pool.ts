import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/**
 * A pool whose connections may break at any moment. A break is an error that ends the process where nobody listens, and nobody listens
 * to a connection that is handed out: not between two statements, nor in the moment before whoever asked has it. What is asked of
 * it next fails, and the pool drops it.
 *
 * Those that idle stay. By default ten quiet seconds close them, and in a quiet hour each mail would open its own and have all its
 * statements parsed and planned anew.
 */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ idleTimeoutMillis: 0, ...config });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/**
 * Runs a transaction on a connection of a pool. A connection on which it cannot be taken back is not used again.
 * @throws what the work threw, or that it was not committed.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (session: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const done = await work(client);
    // Postgres answers a commit of what has failed before with a rollback, and no error.
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('The transaction had failed and was taken back');
    return done;
  } catch (error) {
    await client.query('ROLLBACK').catch((lost: Error) => (broken = lost));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The connections of a pool that are not hung up. Follows them from now on: ask before the first is made. */
export function openClients(pool: pg.Pool): ReadonlySet<pg.PoolClient> {
  const open = new Set<pg.PoolClient>();
  pool.on('connect', (client) => open.add(client));
  pool.on('remove', (client) => open.delete(client));
  return open;
}

/**
 * Ends a pool and waits until the server has hung up. The pool itself is content when it has said good-bye: a server that
 * stops right then ends those connections with an error, which reaches whoever still listens.
 * @param patience milliseconds that the server may take. One that has gone without a word never hangs up.
 */
export async function endPool(
  pool: pg.Pool,
  open: ReadonlySet<pg.PoolClient>,
  patience = 2_000,
): Promise<void> {
  await pool.end();
  const hungUp = async () => {
    // No `once` of Node's, which fails with the first error that somebody else's connection ends with.
    while (open.size > 0) await new Promise((resolve) => pool.once('remove', resolve));
  };
  await Promise.race([hungUp(), delay(patience, undefined, { ref: false })]);
}
