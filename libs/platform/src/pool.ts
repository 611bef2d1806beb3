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
export function openPool(config: pg.PoolConfig): OurPool {
  const pool = new OurPool({
    idleTimeoutMillis: 0,
    keepAliveInitialDelayMillis: FIRST_KEEP_ALIVE,
    ...config,
  });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Milliseconds of silence after which the system asks whether the peer is there; its own default is two hours. */
const FIRST_KEEP_ALIVE = 10_000;
/** Postgres takes nothing that is written: it was a standby all along, or has become one. */
const READ_ONLY = '25006';

/** What somebody wants of a pool: told of a connection, or that there is none. */
type Asked = Parameters<typeof pg.Pool.prototype.connect>[0];

/** A pool that knows for how long somebody waits for its server, and can be told that there is no use in it. */
export class OurPool extends pg.Pool {
  /** Who waits for a connection, and who has one; since when, by `performance.now()`. */
  private readonly asking = new Map<Asked, number>();
  private readonly busy = new Map<pg.PoolClient, number>();
  private readonly open = openClients(this);
  private away: Error | undefined;

  constructor(config: pg.PoolConfig) {
    super(config);
    const demoted = new WeakSet<pg.PoolClient>();
    this.on('connect', (client) => {
      client.connection.on('errorMessage', ({ code }: { code?: string }) => {
        if (code !== READ_ONLY) return;
        // Neither are the others of any use. The address may lead elsewhere by now; they stay where they are.
        for (const one of this.open)
          if (this.busy.has(one)) demoted.add(one);
          else one.connection.stream.destroy();
      });
    });
    this.on('acquire', (client) => this.busy.set(client, performance.now()));
    this.on('release', (_error, client) => {
      this.busy.delete(client);
      if (demoted.has(client)) void client.end();
    });
  }

  /** Milliseconds for which somebody has had no answer; 0 when nobody waits. */
  get waitsFor(): number {
    const since = Math.min(...this.asking.values(), ...this.busy.values());
    return since === Infinity ? 0 : performance.now() - since;
  }

  /** Is every connection in somebody's hands? Then one that is asked for tells nothing of the server. */
  get isUsedUp(): boolean {
    return this.totalCount >= this.options.max && this.idleCount === 0;
  }

  /** From now on, and for all who wait already, there is no connection; those that there are are hung up. */
  breakOff(away: Error): void {
    this.away = away;
    const asking = [...this.asking.keys()];
    this.asking.clear();
    for (const asked of asking) asked(away, undefined, () => undefined);
    for (const client of this.open) client.connection.stream.destroy();
  }

  /** Connections are made again. */
  takeUp(): void {
    this.away = undefined;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(asked: Asked): void;
  override connect(asked?: Asked): Promise<pg.PoolClient> | undefined {
    if (!asked)
      return new Promise((resolve, reject) =>
        this.connect((error, client) => (client ? resolve(client) : reject(error ?? new Error('no client')))),
      );
    const { away } = this;
    if (away) {
      process.nextTick(() => asked(away, undefined, () => undefined));
      return undefined;
    }
    this.asking.set(asked, performance.now());
    super.connect((error, client, release) => {
      // Whoever was told meanwhile that there is none takes none.
      if (this.asking.delete(asked)) asked(error, client, release);
      else client?.release();
    });
    return undefined;
  }
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
