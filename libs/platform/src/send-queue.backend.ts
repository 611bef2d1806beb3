import { createPostgresBackend, createRedisBackend, setDefaultBackendFactory } from 'bullmq';
import type { QueueOptions } from 'bullmq';
import { endPool, openClients, openPool } from './pool.js';
import { openRedis, redisPrefix } from './redis.connection.js';
import type { SettingsWithoutRelay } from './settings.js';

/** Connections of the send queue where it lives in Postgres: one LISTEN for each lane of a worker, the rest for statements. */
const SEND_QUEUE_POOL = 4;

/** What BullMQ stands on: Redis where REDIS_URL is set, else its own schema in Postgres. */
export interface SendQueueBackend {
  options: QueueOptions;
  /** Only after every queue and worker is closed. */
  close(): Promise<void>;
}

/**
 * Connects BullMQ. The backend is chosen for the whole process, since Nest builds queues without asking for one.
 * On Postgres all queues and workers share one pool: a slot for each worker's LISTEN, the rest for statements.
 */
export function connectSendQueue(settings: SettingsWithoutRelay): SendQueueBackend {
  if (settings.REDIS_URL) {
    setDefaultBackendFactory(createRedisBackend);
    const connection = openRedis(settings);
    return {
      options: { connection, prefix: redisPrefix(settings) },
      close: async () => {
        connection.disconnect();
        return Promise.resolve();
      },
    };
  }
  setDefaultBackendFactory(createPostgresBackend);
  const pool = openPool({
    connectionString: settings.DATABASE_URL,
    max: SEND_QUEUE_POOL,
    application_name: 'return-receipt queue',
    connectionTimeoutMillis: settings.DATABASE_WAIT,
    keepAlive: true,
    options: '-c search_path=bullmq,public',
  });
  const open = openClients(pool);
  // It reconnects by itself; what fails meanwhile is reported by whoever asked. BullMQ hears the same error after this,
  // and prints it whole where nobody listens.
  pool.on('error', (error: Error & { client?: unknown }) => delete error.client);
  return { options: { connection: pool }, close: () => endPool(pool, open) };
}
