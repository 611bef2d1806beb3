import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runFolder } from '../support/run-folder.js';

const compose = readFileSync('docker-compose.yml', 'utf8');
const SECRETS = ['API_KEY', 'ENCRYPTION_KEYS', 'POSTGRES_PASSWORD'];

describe('docker compose', () => {
  it('has no secret that everybody can read, and refuses to start without each', () => {
    const asked = [...compose.matchAll(/\$\{(\w+)(:\?)?/g)].map(([, name, isNeeded]) => [name, isNeeded]);
    expect(new Set(asked.map(([name]) => name))).toEqual(new Set(SECRETS));
    expect(asked.every(([, isNeeded]) => isNeeded === ':?')).toBe(true);
    for (const name of SECRETS)
      for (const [, value = ''] of compose.matchAll(new RegExp(`^ *${name}: (.*)$`, 'gm')))
        expect(value).toContain(`\${${name}:?`);
  });

  it('finds them where one command has made them, another for each clone, which it keeps and shows to nobody', () => {
    const [mine, yours] = [secretsOfAClone(), secretsOfAClone()];
    for (const name of SECRETS) expect(mine.values[name]).not.toBe(yours.values[name]);
    expect(Object.keys(mine.values)).toEqual(SECRETS);
    expect(mine.values.POSTGRES_PASSWORD).toMatch(/^[\w-]{32}$/);
    expect(statSync(mine.file).mode & 0o777).toBe(0o600);
    mine.makeAgain();
    expect(secretsIn(mine.file)).toEqual(mine.values);
  });

  it('has its servers named for a process outside of it, so that none asks those of AWS', () => {
    const [, named = ''] = /environment: &settings\n((?: {4}.*\n)*)/.exec(compose) ?? [];
    const servers = [...named.matchAll(/^ {4}(\w+): (?!\$)/gm)].map(([, name = '']) => name);
    expect(servers).toContain('S3_ENDPOINT');
    const outside = readFileSync('.env.compose', 'utf8');
    for (const name of servers) expect(outside).toMatch(new RegExp(`^${name}=.`, 'm'));
  });
});

function secretsOfAClone() {
  const folder = mkdtempSync(join(runFolder(), 'clone-'));
  const [script, file] = [join(folder, 'tools', 'compose-secrets.sh'), join(folder, '.env')];
  mkdirSync(join(folder, 'tools'));
  copyFileSync('tools/compose-secrets.sh', script);
  const makeAgain = () => execFileSync('sh', [script], { stdio: 'ignore' });
  makeAgain();
  return { file, values: secretsIn(file), makeAgain };
}

function secretsIn(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
