import { applyMigrations, prepareQueueSchema } from '#libs/platform/index.js';
import type { OwnPostgres } from './servers.js';

/** A database with all our tables, on a server that the test may end as it likes. Returns its address. */
export async function ownDatabase(postgres: OwnPostgres): Promise<string> {
  await postgres.createDatabase('return_receipt');
  const url = postgres.url('return_receipt');
  await applyMigrations(url, 'prisma/migrations');
  await prepareQueueSchema(url);
  return url;
}
