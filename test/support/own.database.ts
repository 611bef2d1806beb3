import { TEMPLATE } from './postgres.seed.js';
import type { OwnPostgres } from './servers.js';

/** A database with all our tables, on a server that the test may end as it likes. Returns its address. */
export async function ownDatabase(postgres: OwnPostgres): Promise<string> {
  await postgres.createDatabase('return_receipt', TEMPLATE);
  return postgres.url('return_receipt');
}
