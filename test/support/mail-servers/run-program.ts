import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { atEnd } from '../at-end.js';
import { eventually } from '../eventually.js';

interface Run {
  /** Its process id and what it says are written here. */
  folder: string;
  /** Default: whoever runs the tests. */
  as?: { uid: number; gid: number };
  env?: NodeJS.ProcessEnv;
  isUp: () => boolean | Promise<boolean>;
}

/** Runs a server in the foreground until the file of tests ends. Throws what it said when it does not come up. */
export async function runProgram(program: string, args: string[], run: Run): Promise<void> {
  const { folder, as, env, isUp } = run;
  const output = join(folder, 'output.txt');
  const file = openSync(output, 'a');
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', file, file], env, ...as });
  const gone = once(child, 'exit');
  let ended = false;
  child.once('exit', () => (ended = true));
  // Who is killed in mid-run finds it in the next: see run-folder.ts.
  writeFileSync(join(folder, 'server.pid'), String(child.pid));
  atEnd(async () => {
    child.kill('SIGTERM');
    await gone;
  });
  await eventually(async () => ended || (await isUp()), { because: `${program} to come up` });
  if (ended) throw new Error(`${program} did not start:\n${readFileSync(output, 'utf8')}`);
}

/** True once a server says "220". */
export function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (answer: boolean) => {
      socket.end('QUIT\r\n');
      resolve(answer);
    };
    socket.once('data', (data) => done(data.toString().startsWith('220')));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
    // Postfix takes a connection even when nobody is there to speak.
    socket.setTimeout(5_000, () => {
      done(false);
      socket.destroy();
    });
  });
}

/** What a program says of itself, on whichever of its outputs. */
export function wordsOf(program: string, args: string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return stdout + stderr;
}

/** A password as it stands in a server's file of users. */
export function hashed(password: string): string {
  return execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password, encoding: 'utf8' }).trim();
}
