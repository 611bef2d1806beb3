import type { LoggerService } from '@nestjs/common';
import { databaseProblem } from './database.check.js';
import { applyMigrations, prepareQueueSchema } from './database.migrate.js';
import { checkRedis } from './redis.check.js';
import { sayThatThisIsNode } from './says.node.js';
import type { Settings } from './settings.js';
import { checkQueues } from './sqs.check.js';
import { StartError } from './start.error.js';

/**
 * Before anything is built: is every server there, and fit? Brings the tables to this version. A relay that is down is
 * no reason not to start, for mails wait.
 * @param receives whether this process receives from SQS
 * @throws StartError with a sentence for each server that is not
 */
export async function prepareServers(
  settings: Settings,
  logger: LoggerService,
  receives: boolean,
): Promise<void> {
  sayThatThisIsNode();
  const [database, redis, queues] = await Promise.allSettled([
    prepareDatabase(settings),
    settings.REDIS_URL ? checkRedis(settings) : [],
    receives ? checkQueues(settings) : undefined,
  ]);
  const errors = [database, redis, queues].flatMap((one): Error[] =>
    one.status === 'rejected'
      ? [one.reason instanceof Error ? one.reason : new Error(String(one.reason))]
      : [],
  );
  const surprise = errors.find((error) => !(error instanceof StartError));
  if (surprise) throw surprise;
  const problems = errors.flatMap((error) => (error instanceof StartError ? error.problems : []));
  if (problems.length > 0) throw new StartError(problems);
  if (redis.status === 'fulfilled') for (const warning of redis.value) logger.warn(warning, 'Process');
}

/** Brings the tables to this version, and BullMQ's where it stands on Postgres. Several processes may do so at once. */
export async function prepareDatabase(settings: Settings): Promise<void> {
  try {
    await applyMigrations(settings.DATABASE_URL, 'prisma/migrations');
    if (!settings.REDIS_URL) await prepareQueueSchema(settings.DATABASE_URL);
  } catch (error) {
    throw databaseProblem(settings.DATABASE_URL, error);
  }
}
