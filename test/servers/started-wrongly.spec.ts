import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePort } from '../../apps/local/src/embedded/free-port.js';
import { databaseUrl } from '../support/database.js';
import { runFolder } from '../support/run-folder.js';
import { Mailbox } from '../support/mailbox.js';
import { tlsRedis } from '../support/redis.sets.js';
import { ownFolder, ownRedis } from '../support/servers.js';
import { ServiceProcess } from '../support/service.process.js';
import { Stack } from '../support/stack.js';

type Settings = Record<string, string>;

/** In every URL that has one: it must never be read on a screen. */
const PASSWORD = 'hunter2-in-the-url';

/** A way to start wrongly, and what the one who did it reads. */
interface Mistake {
  name: string;
  process: 'api' | 'worker';
  settings: () => Settings | Promise<Settings>;
  /** A sentence for each thing that is wrong, and nothing else. */
  says: RegExp[];
}

const mistakes: Mistake[] = [
  {
    name: 'a setting that is missing',
    process: 'api',
    settings: () => ({ SMTP_URL: '' }),
    says: [/^Return Receipt cannot start\. SMTP_URL: is missing\. .+\.$/],
  },
  {
    name: 'several settings that are missing, wrong or at odds',
    process: 'worker',
    settings: () => ({ DATABASE_URL: '', PORT: 'eighty', SQS_WAIT: '30s', RETRY_CEILING: '1ms' }),
    says: [
      /^Return Receipt cannot start:$/,
      /DATABASE_URL: is missing/,
      /PORT: /,
      /RETRY_CEILING: must not be shorter than RETRY_BASE/,
      /SQS_WAIT: must not be longer than the 20s/,
    ],
  },
  {
    name: 'a database that nobody serves',
    process: 'api',
    settings: async () => ({ DATABASE_URL: `postgresql://me:${PASSWORD}@127.0.0.1:${await freePort()}/x` }),
    says: [
      /DATABASE_URL: Postgres at 127\.0\.0\.1:\d+ cannot be reached \(nothing listens there\): start it/,
    ],
  },
  {
    name: 'a wrong password of the database',
    process: 'worker',
    settings: () => ({ DATABASE_URL: withUser(databaseUrl('postgres'), 'strict', PASSWORD) }),
    says: [/DATABASE_URL: Postgres at \S+ does not accept the user and password of the URL: correct them\.$/],
  },
  {
    name: 'a database that does not exist',
    process: 'api',
    settings: () => ({ DATABASE_URL: databaseUrl('nowhere') }),
    says: [/DATABASE_URL: Postgres at \S+ has no database of this name: create it, or correct the URL\.$/],
  },
  {
    name: 'a URL of another kind',
    process: 'worker',
    settings: () => ({ DATABASE_URL: `mysql://me:${PASSWORD}@127.0.0.1/x` }),
    says: [/DATABASE_URL: is not like postgresql:\/\/user:password@host:5432\/database\./],
  },
  {
    name: 'a Redis host that does not exist',
    process: 'api',
    settings: () => ({ REDIS_URL: `redis://me:${PASSWORD}@redis.invalid:6379` }),
    says: [
      /REDIS_URL: Redis at redis\.invalid:6379 cannot be reached \(.+\): start it, or correct the address\.$/,
    ],
  },
  {
    name: 'a bad encryption key',
    process: 'worker',
    settings: () => ({ ENCRYPTION_KEYS: `k1:${PASSWORD}` }),
    says: [/ENCRYPTION_KEYS: is not a list of id:base64 with 32 bytes each; make one with: echo/],
  },
  {
    name: 'a port that is taken',
    process: 'api',
    settings: () => ({ PORT: String((taken.address() as AddressInfo).port) }),
    says: [/PORT: \d+ is taken by another process: end that one, or set another port\.$/],
  },
  {
    name: 'a broken template',
    process: 'worker',
    settings: () => ({ TEMPLATES_DIR: brokenTemplates() }),
    says: [/TEMPLATES_DIR \(.+\): The templates have a problem:$/, /^- en\/accepted\.mjml: .+$/],
  },
  {
    name: 'a templates folder that does not exist',
    process: 'api',
    settings: () => ({ TEMPLATES_DIR: 'no/such/folder' }),
    says: [/TEMPLATES_DIR \(no\/such\/folder\): the templates folder cannot be read; check the path$/],
  },
  {
    name: 'a queue that does not exist',
    process: 'worker',
    settings: () => ({ SEND_MAIL_QUEUE: 'nobody-made-it' }),
    says: [
      /SEND_MAIL_QUEUE: SQS at \S+ has no queue "nobody-made-it": create it, or correct the name or AWS_REGION\.$/,
    ],
  },
  {
    name: 'an SQS that nobody serves',
    process: 'worker',
    settings: async () => ({ SQS_ENDPOINT: `http://127.0.0.1:${await freePort()}` }),
    says: [/SQS_ENDPOINT: SQS at 127\.0\.0\.1:\d+ cannot be reached \(nothing listens there\): start it/],
  },
  {
    name: 'an SMTP URL that is none',
    process: 'worker',
    settings: () => ({ SMTP_URL: `relay.example:${PASSWORD}` }),
    says: [/SMTP_URL: is not like smtps:\/\/user:password@host:465\./],
  },
  {
    name: 'every server in the wrong place at once',
    process: 'worker',
    settings: async () => ({
      DATABASE_URL: `postgresql://127.0.0.1:${await freePort()}/x`,
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      SQS_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    }),
    says: [/^Return Receipt cannot start:$/, /DATABASE_URL: /, /REDIS_URL: /, /SQS_ENDPOINT: /],
  },
];

let stack: Stack;
let taken: Server;
const ends = new Map<string, End>();
let started = 0;

/** More would only wait for each other. */
const AT_ONCE = 3;

describe('a process that is started wrongly says in a sentence what to do, and ends', () => {
  beforeAll(async () => {
    stack = await Stack.start('started-wrongly', { worker: false });
    taken = createServer().listen(0, '127.0.0.1');
    await makeRoleWithPassword();
    const waiting = [...mistakes];
    const workOff = async () => {
      for (let one = waiting.shift(); one; one = waiting.shift())
        ends.set(one.name, await startWrongly(one.process, await one.settings()));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, workOff));
    return () => taken.close();
  });

  it.each(mistakes)('$name ($process)', ({ name, says }) => expectRefusal(ends.get(name), says));

  const onRedis = process.env.TEST_REDIS_URL ? it : it.skip;
  onRedis('a Redis that evicts (worker), and one whose password is another (api)', async () => {
    const [evicting, guarded] = await Promise.all([
      ownRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } }),
      ownRedis(),
    ]);
    const redis = new Redis(guarded.url);
    await redis.config('SET', 'requirepass', 'another');
    redis.disconnect();
    const [first, second] = await Promise.all([
      startWrongly('worker', { REDIS_URL: evicting.url }),
      startWrongly('api', { REDIS_URL: withUser(guarded.url, '', PASSWORD) }),
    ]);
    expectRefusal(first, [
      /REDIS_URL: Redis at \S+ throws keys away when it is full \(maxmemory-policy allkeys-lru\), .* set its maxmemory-policy to noeviction\.$/,
    ]);
    expectRefusal(second, [
      /REDIS_URL: Redis at \S+ does not accept the user and password of the URL: correct them\.$/,
    ]);
    await Promise.all([evicting.stop(), guarded.stop()]);
  });

  onRedis('a Redis whose certificate nobody vouches for (worker)', async () => {
    const redis = await tlsRedis();
    expectRefusal(await startWrongly('worker', { REDIS_URL: redis.url }), [
      /REDIS_URL: the certificate of Redis at \S+ is not trusted: name its authority in REDIS_CA_FILE\.$/,
    ]);
  });

  onRedis('a Redis that keeps no log is used, with a warning', async () => {
    const forgetful = await ownRedis();
    const api = await stack.startApi({ REDIS_URL: forgetful.url }).ready();
    expect(api.complaints()).toEqual([expect.stringContaining('keeps no append-only file')]);
    await api.kill();
    await forgetful.stop();
  });

  it('a relay that is down is no mistake: the worker starts, and mails wait', async () => {
    const gone = await Mailbox.start();
    const { url } = gone;
    await gone.stop();
    const worker = await stack.startWorker({ settings: { SMTP_URL: url } }).ready();
    expect(await worker.terminate()).toEqual({ code: 0, signal: null });
  });
});

interface End {
  lines: string[];
  code: number | null;
}

async function startWrongly(process: Mistake['process'], settings: Settings): Promise<End> {
  const logFile = join(runFolder(), `started-wrongly-${(started += 1)}.log`);
  const environment = { ...stack.environment, ...settings };
  const wrong = new ServiceProcess({ main: `dist/apps/${process}/src/main.js`, environment, logFile });
  const { code } = await wrong.ended;
  const lines = wrong.log().trim().split('\n');
  // What Nest tells of a start that is going well so far.
  const said = lines.filter((line) => !line.startsWith('{"level":30'));
  return { code, lines: said.map((line) => line.trim()) };
}

function expectRefusal(end: End | undefined, says: RegExp[]): void {
  expect(end?.lines).toEqual(says.map((sentence): unknown => expect.stringMatching(sentence)));
  expect(end?.lines.join('\n')).not.toMatch(/\bat .+:\d+:\d+|hunter2/);
  expect(end?.code).toBe(1);
}

function withUser(url: string, username: string, password: string): string {
  return Object.assign(new URL(url), { username, password }).href;
}

function brokenTemplates(): string {
  const folder = mkdtempSync(join(ownFolder('templates'), 'broken-'));
  cpSync('templates', folder, { recursive: true });
  const file = join(folder, 'en', 'accepted.mjml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('</mj-text>', ''));
  return folder;
}

/** The run's Postgres lets everybody in, but for this one. */
async function makeRoleWithPassword(): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl('postgres') });
  await client.connect();
  try {
    await client.query(`CREATE ROLE strict LOGIN PASSWORD 'another'`);
    const { rows } = await client.query<{ hba_file: string }>('SHOW hba_file');
    const rules = `VALUES ('host all strict 127.0.0.1/32 scram-sha-256'), ('host all all 127.0.0.1/32 trust')`;
    await client.query(`COPY (${rules}) TO ${pg.escapeLiteral(rows[0]?.hba_file ?? '')}`);
    await client.query('SELECT pg_reload_conf()');
  } finally {
    await client.end();
  }
}
