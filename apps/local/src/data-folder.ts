import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Secrets that a first start makes and later starts find again. */
export interface LocalSecrets {
  API_KEY: string;
  ENCRYPTION_KEYS: string;
}

/** The database of the local stack, in the Postgres of its data folder. */
export const LOCAL_DATABASE = 'return_receipt';

/** The folder that outlives a start: database, mails, secrets. `DATA_DIR` says where; `./data` by default. */
export function dataPath(env: Record<string, string | undefined> = process.env): string {
  return resolve(env.DATA_DIR || 'data');
}

/** Makes the folder where it is missing. */
export function dataFolder(): string {
  const folder = dataPath();
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

export function secretsFile(folder: string): string {
  return join(folder, 'secrets.json');
}

/** Where the password of the folder's Postgres is. */
export function postgresPasswordFile(folder: string): string {
  return join(folder, 'postgres.password');
}

/** Reads the secrets of a data folder, or makes them: readable by their owner only. */
export function localSecrets(folder: string): LocalSecrets {
  const file = secretsFile(folder);
  if (!existsSync(file)) {
    const secrets: LocalSecrets = {
      API_KEY: `rr_local_${randomBytes(18).toString('base64url')}`,
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    };
    writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as LocalSecrets;
}
