import { createPostgresBackend, createRedisBackend, setDefaultBackendFactory } from 'bullmq';
import type { QueueOptions } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Settings } from './settings.js';

/** What BullMQ stands on: Redis where REDIS_URL is set, else its own schema in Postgres. */
export interface QueueBackend {
  options: QueueOptions;
  /** Only after every queue and worker is closed. */
  close(): Promise<void>;
}

/**
 * Connects BullMQ. The backend is chosen for the whole process, since Nest builds queues without asking for one.
 * On Postgres all queues and workers share one pool: a slot for each worker's LISTEN, the rest for statements.
 */
export function connectQueueBackend(settings: Settings): QueueBackend {
  if (settings.REDIS_URL) {
    setDefaultBackendFactory(createRedisBackend);
    const connection = new Redis(settings.REDIS_URL, {
      maxRetriesPerRequest: null,
      retryStrategy: (n) => Math.min(n * 100, 2000),
    });
    connection.on('error', ignore);
    return {
      options: { connection, prefix: settings.QUEUE_PREFIX },
      close: async () => {
        connection.disconnect();
        return Promise.resolve();
      },
    };
  }
  setDefaultBackendFactory(createPostgresBackend);
  const pool = new pg.Pool({
    connectionString: settings.DATABASE_URL,
    max: settings.DATABASE_POOL,
    options: '-c search_path=bullmq,public',
  });
  pool.on('error', ignore);
  return { options: { connection: pool }, close: () => pool.end() };
}

/** Both clients reconnect by themselves; what fails meanwhile is reported by whoever asked. */
function ignore(): void {
  return;
}
