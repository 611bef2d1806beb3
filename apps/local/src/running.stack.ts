import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_DATABASE, localSecrets, postgresPasswordFile, secretsFile } from './data-folder.js';
import { passwordIn } from './embedded/postgres.password.js';
import { placeData } from './embedded/postgres.places.js';
import { isPostgres, readPidFile, urlOf } from './embedded/postgres.postmaster.js';

/** Settings that lead to the database of the local stack that runs from a data folder. */
export interface RunningStack {
  DATABASE_URL: string;
  ENCRYPTION_KEYS: string;
}

/** Undefined when none runs there. Starts nothing. */
export function runningStack(folder: string): RunningStack | undefined {
  if (!existsSync(secretsFile(folder))) return undefined;
  const postgres = readPidFile(placeData(join(folder, 'postgres'), () => undefined));
  if (!postgres?.ready || !isPostgres(postgres.pid)) return undefined;
  const { ENCRYPTION_KEYS } = localSecrets(folder);
  const password = passwordIn(postgresPasswordFile(folder));
  return { DATABASE_URL: urlOf(postgres.port, LOCAL_DATABASE, password), ENCRYPTION_KEYS };
}
