import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { localSecrets } from '#apps/local/src/data-folder.js';
import { SCOPES } from '#libs/keys/index.js';
import { runFolder } from '../support/run-folder.js';
import { aReturn } from '../support/make.js';
import { ownDatabase } from '../support/own.database.js';
import { ownPostgres } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { receipt, receiptProcess } from '../support/terminal.js';
import type { TerminalAnswer } from '../support/terminal.js';

const OLD = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
const NEW = `k2:${Buffer.alloc(32, 2).toString('base64')}`;

const WHY = ['--reason', 'the backend moves', '--as', 'ana'];

let stack: Stack;
/** What the terminal needs, and nothing else: no SMTP, no queues. */
let database: { DATABASE_URL: string };
beforeAll(async () => {
  stack = await Stack.start('terminal', { worker: false, settings: { ENCRYPTION_KEYS: OLD } });
  database = { DATABASE_URL: stack.environment.DATABASE_URL ?? '' };
});

describe('receipt keys', () => {
  it('makes a key that the running service takes at once, and prints it alone for a script to keep', async () => {
    const made = await receipt(
      ['keys', 'create', '--name', 'a script', '--scope', 'read', 'status', ...WHY],
      database,
    );
    expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/^rr_[0-9a-f]{12}_[\w-]{43}\n$/)]);
    expect(made.stderr).toContain('It is not shown again.');
    const answer = await stack.api('GET', '/v1/notifications', undefined, {
      authorization: `Bearer ${made.stdout.trim()}`,
    });
    expect(answer.status).toBe(200);
  });

  it('lists and revokes, for people and for programs', async () => {
    const made = await receipt(
      [
        'keys',
        'create',
        '--name',
        'short',
        '--scope',
        'read',
        '--scope',
        'operate',
        '--expires',
        '90d',
        '--json',
        ...WHY,
      ],
      database,
    );
    const { id, key } = JSON.parse(made.stdout) as { id: string; key: string };
    expect(await receipt(['keys', 'revoke', id, ...WHY], database)).toMatchObject({ code: 0, stdout: '' });
    const listed = await receipt(['keys', 'list', '--json'], database);
    expect(JSON.parse(listed.stdout)).toContainEqual(
      expect.objectContaining({ id, name: 'short', scopes: ['read', 'operate'], state: 'revoked' }),
    );
    const page = await receipt(['keys', 'list'], database);
    expect(page.stdout).toMatch(new RegExp(`^${id}  short +read operate +revoked`, 'm'));
    expect(page.stdout + listed.stdout).not.toContain(key.slice(16));
    const answer = await stack.api('GET', '/v1/quarantine', undefined, { authorization: `Bearer ${key}` });
    expect(answer.status).toBe(401);
    const { body } = await stack.api<{ items: object[] }>('GET', `/v1/audit/trail?kind=key&target=${id}`);
    expect(body.items).toMatchObject([
      { actor: 'ana', action: 'revoke-key', reason: 'the backend moves' },
      {
        actor: 'ana',
        action: 'create-key',
        reason: 'the backend moves',
        after: { name: 'short', scopes: ['read', 'operate'], lifetime: 90 * 86_400_000 },
      },
    ]);
    expect(JSON.stringify(body)).not.toContain(key.slice(16));
  });

  it('makes and ends no key without its entry in the trail', async () => {
    const { stdout } = await receipt(
      ['keys', 'create', '--name', 'kept', '--scope', 'read', ...WHY],
      database,
    );
    const [, id = ''] = stdout.split('_');
    await stack.sql(`ALTER TABLE audit_trail ADD CONSTRAINT none CHECK (kind <> 'key') NOT VALID`);
    const refused = await Promise.all([
      receipt(['keys', 'create', '--name', 'lost', '--scope', 'read', ...WHY], database),
      receipt(['keys', 'revoke', id, ...WHY], database),
    ]);
    await stack.sql('ALTER TABLE audit_trail DROP CONSTRAINT none');
    expect(refused.map(({ code, stdout: out }) => [code === 0, out])).toEqual([
      [false, ''],
      [false, ''],
    ]);
    const keys = await stack.sql(`SELECT name, revoked_at FROM api_keys WHERE name IN ('kept', 'lost')`);
    expect(keys).toEqual([{ name: 'kept', revoked_at: null }]);
  });

  it('names every scope in its help', async () => {
    const { code, stdout } = await receipt(['keys', 'create', '--help'], {});
    expect([code, stdout.replaceAll(/\s+/g, ' ')]).toEqual([0, expect.stringContaining(SCOPES.join(', '))]);
  });
});

describe('receipt reencrypt', () => {
  it('counts first, then encrypts, and says which key is needed no more', async () => {
    await aReturn(stack);
    const settings = { ...database, ENCRYPTION_KEYS: `${NEW},${OLD}` };
    const count = await receipt(['reencrypt', '--dry-run'], settings);
    expect([count.code, count.stdout]).toEqual([0, expect.stringMatching(/^tax_returns\.email +k1 +1$/m)]);
    const done = await receipt(['reencrypt'], settings);
    expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/^tax_returns\.email +k2 +1$/m)]);
    expect(done.stderr).toContain('tax_returns.email: 1 row encrypted anew');
    expect(done.stderr).toContain('No row uses k1 any more');
  });

  it('ends with 1 and says so when rows cannot be opened', async () => {
    await aReturn(stack);
    const done = await receipt(['reencrypt', '--json'], { ...database, ENCRYPTION_KEYS: NEW });
    expect([done.code, JSON.parse(done.stdout)]).toEqual([
      1,
      expect.objectContaining({ currentKey: 'k2', unreadable: 1, unusedKeys: [] }),
    ]);
    expect(done.stderr).toContain('and 1 cannot be opened');
  });
});

describe('the terminal', () => {
  describe('says in a sentence what is wrong, and by its exit code', () => {
    const create = ['keys', 'create', '--name', 'x'];
    const calls: [string, string[], Record<string, string>, number, RegExp][] = [
      ['no command of this name', ['sing'], {}, 2, /unknown command 'sing'/],
      ['an option is missing', create, {}, 2, /--scope <scope...>' not specified/],
      ['no such scope', [...create, '--scope', 'all'], {}, 2, /--scope takes enqueue, read/],
      [
        'an address as name',
        ['keys', 'create', '--name', 'a@b.example', '--scope', 'read'],
        {},
        2,
        /--name takes/,
      ],
      ['no duration', ['keys', 'revoke', 'x', '--in', 'soon'], {}, 2, /--in takes a duration such as/],
      ['no reason for a key', [...create, '--scope', 'read'], {}, 2, /Say why: --reason/],
      ['no reason for its end', ['keys', 'revoke', '000000000000'], {}, 2, /Say why: --reason/],
      ['no such key', ['keys', 'revoke', '000000000000', ...WHY], {}, 1, /no key of this id/],
      ['no encryption key', ['reencrypt'], {}, 2, /ENCRYPTION_KEYS: is missing/],
      ['a wrong address', ['keys', 'list'], { DATABASE_URL: 'mysql://x' }, 2, /DATABASE_URL: /],
      ['no server', ['keys', 'list'], { DATABASE_URL: 'postgres://127.0.0.1:1/x' }, 1, /does not answer/],
      ['no database', ['keys', 'list'], { DATABASE_URL: '', DATA_DIR: '/nowhere' }, 1, /Set DATABASE_URL/],
    ];
    /** The first that ends with 2, with a setting that is missing, and with 1: the others end in the same way. */
    const AS_PROCESSES = [0, 8, 10];
    let answers: TerminalAnswer[];
    beforeAll(async () => {
      answers = await Promise.all(
        calls.map(([, args, settings], index) =>
          (AS_PROCESSES.includes(index) ? receiptProcess : receipt)(args, { ...database, ...settings }),
        ),
      );
    });

    it.each(calls.map(([what, , , code, said], index) => ({ what, code, said, index })))(
      '$what',
      ({ code, said, index }) => {
        const answer = answers[index];
        expect(answer).toEqual({ code, stdout: '', stderr: expect.stringMatching(said) });
        expect(answer?.stderr).not.toContain('    at ');
      },
    );
  });

  it('says what to do where the tables are missing', async () => {
    const url = new URL(database.DATABASE_URL);
    url.pathname = '/postgres';
    const answer = await receipt(['keys', 'list'], { DATABASE_URL: url.href });
    expect([answer.code, answer.stderr]).toEqual([
      1,
      expect.stringContaining('start the API or a worker once'),
    ]);
  });

  it('finds the database and the keys of a local stack that runs from a data folder', async () => {
    const DATA_DIR = mkdtempSync(join(runFolder(), 'data-'));
    // As root, Postgres runs as another user, who must get in.
    chmodSync(DATA_DIR, 0o755);
    expect((await receiptProcess(['keys', 'list'], { DATA_DIR })).stderr).toContain('npm start starts one');
    localSecrets(DATA_DIR);
    const postgres = await ownPostgres(join(DATA_DIR, 'postgres'));
    try {
      await ownDatabase(postgres);
      expect(
        await receiptProcess(['keys', 'create', '--name', 'me', '--scope', 'read', ...WHY], { DATA_DIR }),
      ).toMatchObject({ code: 0 });
      expect(await receiptProcess(['reencrypt', '--dry-run'], { DATA_DIR })).toMatchObject({ code: 0 });
    } finally {
      await postgres.stop();
    }
  });
});
