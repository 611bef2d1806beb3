import { setTimeout as delay } from 'node:timers/promises';
import { once } from 'node:events';
import type pg from 'pg';

/** Milliseconds that a server may take to hang up. One that has gone without a word never does. */
const PATIENCE = 2_000;

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
 */
export async function endPool(pool: pg.Pool, open: ReadonlySet<pg.PoolClient>): Promise<void> {
  await pool.end();
  const hungUp = async () => {
    while (open.size > 0) await once(pool, 'remove');
  };
  await Promise.race([hungUp(), delay(PATIENCE, undefined, { ref: false })]);
}
