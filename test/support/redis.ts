import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../apps/local/src/embedded/free-port.js';
import { findProgram } from './find-program.js';

const START_TIMEOUT_MS = 20_000;

/** Path of the Redis or Valkey that the machine has (npm carries none), or undefined. */
export function findRedis(): string | undefined {
  return findProgram(['valkey-server', 'redis-server']);
}

/** How to start a Redis. */
export interface RedisOptions {
  /** Its data and its log. */
  directory: string;
  /** Default: a free one. */
  port?: number;
  /** Writes each command to disk before it answers. Default false: nothing outlives the process. */
  appendOnly?: boolean;
  /** Settings that differ from a test's defaults, by their names in redis.conf. */
  settings?: Record<string, string>;
}

/** A running server, on 127.0.0.1 only. */
export interface RedisServer {
  port: number;
  pid: number;
  url: string;
  /** Writes what it has to, then goes. */
  stop(): Promise<void>;
  /** kill -9; returns when it is gone. */
  kill(): Promise<void>;
}

/** Starts it and waits until it takes commands. Throws where none is installed. */
export async function startRedis({
  directory,
  port,
  appendOnly = false,
  settings = {},
}: RedisOptions): Promise<RedisServer> {
  const program = findRedis();
  if (!program) throw new Error('neither valkey-server nor redis-server is on PATH');
  mkdirSync(directory, { recursive: true });
  for (let attempt = 1; ; attempt += 1) {
    const chosen = port ?? (await freePort());
    const child = launch(program, directory, chosen, { appendonly: appendOnly ? 'yes' : 'no', ...settings });
    if (await answers(child, chosen)) return handle(child, chosen);
    // Between choosing the port and binding it another process may have been faster.
    if (attempt === 3) throw new Error(`${program} did not start: see ${join(directory, 'redis.log')}`);
  }
}

function launch(
  program: string,
  directory: string,
  port: number,
  different: Record<string, string>,
): ChildProcess {
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: directory,
    pidfile: join(directory, 'redis.pid'),
    logfile: join(directory, 'redis.log'),
    save: '',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    // Each test file gets a database of its own.
    databases: 4096,
    ...different,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.unref();
  return child;
}

async function answers(child: ChildProcess, port: number): Promise<boolean> {
  let ended = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (ended = true));
  for (const end = Date.now() + START_TIMEOUT_MS; !ended && Date.now() < end; await sleep(10)) {
    if (await ping(port)) return !ended;
  }
  child.kill('SIGKILL');
  return false;
}

/** True once it takes commands: while it loads its file it answers -LOADING. */
function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
    socket.once('error', () => done(false));
    socket.setTimeout(500, () => done(false));
  });
}

function handle(child: ChildProcess, port: number): RedisServer {
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    // Unreferenced since its start: alone it would not keep this process alive until it has gone.
    child.ref();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  };
  return {
    port,
    pid: child.pid ?? 0,
    url: `redis://127.0.0.1:${port}`,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
