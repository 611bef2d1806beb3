import { randomBytes } from 'node:crypto';
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres, type EmbeddedPostgres } from '#apps/local/src/embedded/postgres.js';
import {
  ensureQueues,
  SQS_CREDENTIALS,
  SQS_REGION,
  startSqs,
  type EmbeddedSqs,
} from '#apps/local/src/embedded/sqs.js';
import { applyMigrations, prepareQueueSchema } from '#libs/platform/index.js';
import { manyReturns } from '../test/support/make.many.js';
import type { MadeReturn } from '../test/support/make.js';
import { findRedis, startRedis, type RedisServer } from '../test/support/redis.js';
import { ApiProcess } from '../test/support/api.process.js';
import { WorkerProcess, type WorkerOptions } from '../test/support/worker.process.js';
import { Sink } from './sink.js';
import { wakeOnlyWhoGetsSomething } from './waiting.receives.js';

export type Backend = 'redis' | 'postgres';

/** The servers of a run: a durable Postgres, an SQS emulator in this process, Redis where there is one, the SMTP sink. */
export class Servers {
  private constructor(
    readonly folder: string,
    readonly postgres: EmbeddedPostgres,
    readonly sqs: EmbeddedSqs,
    readonly redis: RedisServer | undefined,
    readonly sink: Sink,
  ) {}

  static async start(): Promise<Servers> {
    await wakeOnlyWhoGetsSomething();
    const folder = mkdtempSync(join(tmpdir(), 'return-receipt-bench-'));
    chmodSync(folder, 0o755);
    const [postgres, sqs, redis, sink] = await Promise.all([
      startPostgres({
        dataDirectory: join(folder, 'postgres'),
        maxConnections: 200,
        parameters: { shared_preload_libraries: 'pg_stat_statements', max_wal_size: '4GB' },
      }),
      startSqs(),
      findRedis() ? startRedis({ directory: join(folder, 'redis'), appendOnly: false }) : undefined,
      Sink.start(),
    ]);
    return new Servers(folder, postgres, sqs, redis, sink);
  }

  /** Where BullMQ can stand on this machine, the one for production first. */
  get backends(): Backend[] {
    return this.redis ? ['redis', 'postgres'] : ['postgres'];
  }

  async stop(): Promise<void> {
    this.sink.stop();
    await Promise.all([this.postgres.stop(), this.sqs.stop(), this.redis?.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One installation of the service on these servers, with a database and queues of its own. */
export class World {
  /** Those that run. */
  readonly workers: WorkerProcess[] = [];
  private readonly apis: ApiProcess[] = [];

  private constructor(
    private readonly name: string,
    readonly servers: Servers,
    /** Where the send queue is. */
    readonly backend: Backend,
    readonly environment: Record<string, string>,
    private readonly pool: pg.Pool,
  ) {}

  static async make(servers: Servers, backend: Backend): Promise<World> {
    const run = randomBytes(4).toString('hex');
    const url = servers.postgres.url(`bench_${run}`);
    await servers.postgres.createDatabase(`bench_${run}`);
    await applyMigrations(url, 'prisma/migrations');
    await prepareQueueSchema(url);
    const queues = {
      CONFIRMATION_QUEUE: `confirmation-${run}`,
      STATUS_CHANGE_QUEUE: `status-${run}`,
      SEND_MAIL_QUEUE: `mail-${run}`,
      MAIL_RECEIPTS_QUEUE: `receipts-${run}`,
      JOB_FILES_QUEUE: `job-files-${run}`,
    };
    await ensureQueues(servers.sqs.endpoint, Object.values(queues));
    const environment = {
      DATABASE_URL: url,
      ...(backend === 'redis' && servers.redis ? { REDIS_URL: servers.redis.url, QUEUE_PREFIX: run } : {}),
      SMTP_URL: servers.sink.url,
      SQS_ENDPOINT: servers.sqs.endpoint,
      AWS_REGION: SQS_REGION,
      AWS_ACCESS_KEY_ID: SQS_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: SQS_CREDENTIALS.secretAccessKey,
      ...queues,
      API_KEY: 'a-key-that-only-benchmarks-hold',
      // What is measured is a burst. `GUARDS` says whether the guards count it: none would let it go.
      GUARDS: '',
      ENCRYPTION_KEYS: `bench:${Buffer.alloc(32, 7).toString('base64')}`,
    };
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    pool.on('error', () => undefined);
    await pool.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    return new World(run, servers, backend, environment, pool);
  }

  returns(count: number): Promise<MadeReturn[]> {
    return manyReturns(this, count);
  }

  async sql<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.pool.query<T>(text, values)).rows;
  }

  /** Puts messages on the confirmation queue. They are there when it returns, and no sender's call is in what is measured. */
  put(bodies: string[]): void {
    for (const body of bodies) this.servers.sqs.put(this.environment.CONFIRMATION_QUEUE ?? '', body);
  }

  async startWorkers(count: number, options: WorkerOptions = {}): Promise<WorkerProcess[]> {
    const started = Array.from({ length: count }, (_, index) => {
      const file = join(this.servers.folder, `${this.name}-worker-${index + 1}.log`);
      return WorkerProcess.start(this.environment, file, { ...options, livesLong: true });
    });
    this.workers.push(...started);
    return Promise.all(started.map((worker) => worker.ready()));
  }

  async startApis(count: number): Promise<ApiProcess[]> {
    const started = Array.from({ length: count }, (_, index) => {
      const file = join(this.servers.folder, `${this.name}-api-${index + 1}.log`);
      return ApiProcess.start({ ...this.environment, PORT: '0' }, file, { livesLong: true });
    });
    this.apis.push(...started);
    return Promise.all(started.map((api) => api.ready()));
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.terminate()));
  }

  async stop(): Promise<void> {
    await this.stopWorkers();
    await Promise.all(this.apis.splice(0).map((api) => api.terminate()));
    await this.pool.end();
  }
}
