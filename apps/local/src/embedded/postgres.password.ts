import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whom the server lets in how: one line each. */
const TRUST = /^((?:local|host)\s.*\s)trust$/gm;

/** The password in a file; one that is missing is made. It goes into a URL as it is. */
export function passwordIn(file: string): string {
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

/** Does the server let in whoever connects? So does one that initdb has just made. */
export function isOpenToAll(data: string): boolean {
  return new RegExp(TRUST).test(readFileSync(rulesOf(data), 'utf8'));
}

/** From the next reading of its configuration on the server asks for the password. */
export function closeToAll(data: string): void {
  const rules = readFileSync(rulesOf(data), 'utf8');
  writeFileSync(rulesOf(data), rules.replace(TRUST, '$1scram-sha-256'));
}

function rulesOf(data: string): string {
  return join(data, 'pg_hba.conf');
}
