import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'return-receipt-test-';
const KEPT_RUNS = 3;

/**
 * One folder in the system's temporary folder for each run: data of the servers, their logs, and what the workers
 * report. Named by the process, so that runs side by side do not meet and a later run can tell which are over.
 */
export function makeRunFolder(): string {
  const folder = join(tmpdir(), `${PREFIX}${process.pid}`);
  // A killed run may have had our process id.
  if (existsSync(folder)) endServers(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  // Postgres may have to run as another user, whatever the umask is.
  chmodSync(folder, 0o755);
  return folder;
}

/** Folder for what a test file writes; removed at the end of the run. */
export function runFolder(): string {
  const folder = process.env.TEST_LOG_DIR;
  if (!folder)
    throw new Error('TEST_LOG_DIR is not set: run the tests with npm test, which starts the services');
  return folder;
}

/** Ends what killed runs left behind and removes their folders, but for those of the last few failed runs. */
export function sweepOldRuns(): void {
  const over = readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX) && !isAlive(Number(name.slice(PREFIX.length))))
    .map((name) => join(tmpdir(), name))
    .sort((a, b) => age(a) - age(b));
  let kept = 0;
  for (const folder of over) {
    try {
      endServers(folder);
      if (existsSync(keptFile(folder)) && (kept += 1) <= KEPT_RUNS) continue;
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another user's run: not ours to tidy.
    }
  }
}

/** Milliseconds since something was last made in it. */
function age(folder: string): number {
  return Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0);
}

/** A file whose presence says that the databases in this folder are wanted still. */
export function keptFile(folder: string): string {
  return join(folder, 'kept');
}

/** Where servers in a folder of the run leave their process ids. */
const PID_FILES = ['postmaster.pid', 'data/postmaster.pid', 'redis.pid', 'server.pid'];

/** kill -9 for every server that still runs on data in this folder: those of tests that died before they stopped them. */
export function endServers(folder: string): void {
  for (const name of readdirSync(folder)) {
    for (const file of PID_FILES.map((one) => join(folder, name, one)).filter((one) => existsSync(one))) {
      const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
      if (pid > 1 && isServer(pid)) process.kill(pid, 'SIGKILL');
    }
  }
}

function isServer(pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return /postgres|redis-server|valkey-server|postfix|dovecot|exim|smtpd/.test(
      readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
    );
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
