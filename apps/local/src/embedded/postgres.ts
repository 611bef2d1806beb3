import { spawn } from 'node:child_process';
import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.js';
import { closeToAll, isOpenToAll, passwordIn } from './postgres.password.js';
import { asRoot, NOBODY, placeBinaries, placeData } from './postgres.places.js';
import {
  findRunning,
  isPostgres,
  query,
  readPidFile,
  urlOf,
  type Postmaster,
} from './postgres.postmaster.js';

/** How to start a Postgres of our own. */
export interface PostgresOptions {
  /** Folder of the data; made (and initialised) when missing. As root it may be moved: see `placeData`. */
  dataDirectory: string;
  /** `false` trades the safety of the last commits for speed: for tests that throw their data away. Default true. */
  durable?: boolean;
  /** Default 100. */
  maxConnections?: number;
  /** Default: a free one. An adopted server keeps the port it has. */
  port?: number;
  /** Settings of Postgres that differ from its defaults, by name. */
  parameters?: Record<string, string>;
  /**
   * Where its password is kept, readable by its owner only; made when missing. Data of before gets it at the next start. Without it the
   * server lets every user of this machine in, as its superuser: for tests that throw their data away.
   */
  passwordFile?: string;
  /** Hears where the data went when it could not stay in the wanted folder. Default: standard error. */
  log?: (line: string) => void;
}

/** A running Postgres that listens on 127.0.0.1 only. */
export interface EmbeddedPostgres {
  /** Connection address of one of its databases. */
  url(database: string): string;
  readonly port: number;
  /** Process id of the postmaster. */
  readonly pid: number;
  /** Where the data really is. The server's own log is beside it, with `.log` appended. */
  readonly dataDirectory: string;
  /** True when a server left running by a killed process was taken over. */
  readonly adopted: boolean;
  /** Ends open connections and stops cleanly; a second call does nothing. */
  stop(): Promise<void>;
  /** kill -9, for crash tests: what is committed stays if `durable`; the next start recovers. */
  kill(): void;
  /** Makes a database, from a template if given. Without a template an existing one is left as it is. */
  createDatabase(name: string, template?: string): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/**
 * Starts Postgres from the binaries that npm installed, or adopts the one that already serves this data folder
 * (its parent was killed). Detached, so that a SIGINT at the terminal reaches only us and work can drain first.
 * Throws with the end of the server's log when it does not come up.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? ((line) => process.stderr.write(`${line}\n`));
  const data = placeData(options.dataDirectory, log);
  mustBeServable(data);
  const password = options.passwordFile === undefined ? undefined : passwordIn(options.passwordFile);
  const running = await findRunning(data, START_TIMEOUT_MS, password);
  if (running) return handle(data, await locked(data, running, password), true, password);

  const binaries = placeBinaries();
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(binaries, data);
  const launched = await launch(binaries, data, options);
  return handle(data, await locked(data, launched, password), false, password);
}

/** Lets nobody in without the password any more. What was cut off in the middle is done again at the next start. */
async function locked(data: string, server: Postmaster, password: string | undefined): Promise<Postmaster> {
  if (password === undefined || !isOpenToAll(data)) return server;
  await query(server.port, `ALTER ROLE postgres PASSWORD ${pg.escapeLiteral(password)}`);
  closeToAll(data);
  await query(server.port, 'SELECT pg_reload_conf()', password);
  return server;
}

/** Postgres wants to own its data; said here in plain words, for who changed between root and another user. */
function mustBeServable(data: string): void {
  const owner = statSync(data, { throwIfNoEntry: false })?.uid;
  const wanted = asRoot ? NOBODY : process.getuid?.();
  if (owner === undefined || owner === wanted || readdirOf(data)?.length === 0) return;
  throw new Error(
    `${data} belongs to user ${owner}, and Postgres would run as user ${wanted}: ` +
      'start as the user who made it, give it over with chown -R, or remove it to begin anew',
  );
}

function readdirOf(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

/** initdb in a folder beside, then one rename: a kill half-way leaves nothing that looks like a database. */
async function initialise(binaries: string, data: string): Promise<void> {
  const beginning = `${basename(data)}.init-`;
  for (const name of readdirSync(dirname(data))) {
    if (name.startsWith(beginning) && !isAlive(Number(name.slice(beginning.length)))) {
      rmSync(join(dirname(data), name), { recursive: true, force: true });
    }
  }
  const fresh = join(dirname(data), `${beginning}${process.pid}`);
  makeOwn(fresh);
  // prettier-ignore
  const made = await run(join(binaries, 'bin', 'initdb'), [
    '-D', fresh, '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--auth=trust', '--no-sync', '--no-instructions',
  ]);
  if (made.code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`initdb could not make ${data}:\n${made.output}`);
  }
  renameSync(fresh, data);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function makeOwn(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (asRoot) chownSync(folder, NOBODY, NOBODY);
  chmodSync(folder, 0o700);
}

async function launch(binaries: string, data: string, options: PostgresOptions): Promise<Postmaster> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const port = options.port ?? (await freePort());
    const since = sizeOf(`${data}.log`);
    const found = await tryLaunch(binaries, data, port, options, deadline);
    if (found) return found;
    const said = readFileSync(`${data}.log`, 'utf8').slice(since);
    // The port went to another in between, or children of a killed postmaster still hold its memory.
    const passing = /Address already in use|could not bind|shared memory block/.test(said);
    if (!passing || Date.now() > deadline)
      throw new Error(`Postgres did not start on ${data}:\n${said.slice(-2000)}`);
    await sleep(100);
  }
}

async function tryLaunch(
  binaries: string,
  data: string,
  port: number,
  options: PostgresOptions,
  deadline: number,
): Promise<Postmaster | undefined> {
  const settings = [
    `max_connections=${options.maxConnections ?? 100}`,
    'log_checkpoints=off',
    'timezone=UTC',
    ...Object.entries(options.parameters ?? {}).map(([name, value]) => `${name}=${value}`),
  ];
  if (options.durable === false) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  const log = openSync(`${data}.log`, 'a');
  const child = spawn(
    join(binaries, 'bin', 'postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', ...settings.flatMap((one) => ['-c', one])],
    // A log file and no pipe: a pipe whose reader died would take the server with it.
    { detached: true, stdio: ['ignore', log, log], cwd: data, ...identity() },
  );
  closeSync(log);
  let ended = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (ended = true));
  child.unref();
  while (!ended && Date.now() < deadline) {
    const found = readPidFile(data);
    if (found?.ready && found.pid === child.pid) return found;
    await sleep(10);
  }
  if (!ended) child.kill('SIGKILL');
  return undefined;
}

function handle(
  data: string,
  { pid, port }: Postmaster,
  adopted: boolean,
  password: string | undefined,
): EmbeddedPostgres {
  return {
    pid,
    port,
    adopted,
    dataDirectory: data,
    url: (database) => urlOf(port, database, password),
    stop: () => stopPostmaster(data, pid),
    kill: () => {
      if (isPostgres(pid)) process.kill(pid, 'SIGKILL');
    },
    createDatabase: async (name, template) => {
      const from = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`;
      try {
        await query(port, `CREATE DATABASE ${pg.escapeIdentifier(name)}${from}`, password);
      } catch (error) {
        const exists = (error as pg.DatabaseError).code === '42P04';
        if (!exists || template !== undefined) throw error;
      }
    },
  };
}

async function stopPostmaster(data: string, pid: number): Promise<void> {
  const running = () => readPidFile(data)?.pid === pid && isPostgres(pid);
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  if (running()) process.kill(pid, 'SIGINT');
  while (running() && Date.now() < deadline) await sleep(5);
  if (running()) process.kill(pid, 'SIGQUIT');
  // The pid file goes a moment before the process does.
  while (isPostgres(pid) && Date.now() < deadline + 5_000) await sleep(5);
}

/** Postgres refuses root, so as root it runs as nobody: no user is added to the host. */
function identity(): { uid?: number; gid?: number; env: NodeJS.ProcessEnv } {
  const env = { PATH: process.env.PATH, LC_ALL: 'C' };
  return asRoot ? { uid: NOBODY, gid: NOBODY, env } : { env };
}

function run(command: string, args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: dirname(command),
      ...identity(),
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
