import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Secrets that a first start makes and later starts find again. */
export interface LocalSecrets {
  API_KEY: string;
  ENCRYPTION_KEYS: string;
}

/** The folder that outlives a start: database, mails, secrets. `DATA_DIR` says where; `./data` by default. */
export function dataFolder(): string {
  const folder = resolve(process.env.DATA_DIR || 'data');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** Reads the secrets of a data folder, or makes them: readable by their owner only. */
export function localSecrets(folder: string): LocalSecrets {
  const file = join(folder, 'secrets.json');
  if (!existsSync(file)) {
    const secrets: LocalSecrets = {
      API_KEY: `rr_local_${randomBytes(18).toString('base64url')}`,
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    };
    writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as LocalSecrets;
}
