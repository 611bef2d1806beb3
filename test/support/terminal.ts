import { execFile } from 'node:child_process';
import { Console } from 'node:console';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import { receipt as program } from '#apps/cli/src/receipt.js';
import { within } from '#apps/cli/src/surroundings.js';
import { inTurn } from './in-turn.js';

/** How a call of the terminal ended, and what it said. */
export interface TerminalAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

/** Calls `receipt` as a process of its own, built by `npm run build`, with these settings and no others. @param input what it reads. */
export function receiptProcess(
  args: string[],
  environment: Record<string, string>,
  input = '',
): Promise<TerminalAnswer> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['dist/apps/cli/src/main.js', ...args],
      { env: { PATH: process.env.PATH, ...environment } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    child.once('error', reject);
    child.stdin?.end(input);
  });
}

/**
 * Calls `receipt` in the process of the test, which costs a tenth of one of its own. Calls wait for each other. What the stack of
 * the test logs meanwhile counts as said by the call.
 */
export function receipt(
  args: string[],
  environment: Record<string, string>,
  input = '',
): Promise<TerminalAnswer> {
  return inTurn(() => receiptHere(args, environment, Readable.from([input])));
}

/** The same by somebody who sits at a screen, and is asked. @param answer what they type. */
export function receiptAsked(
  args: string[],
  environment: Record<string, string>,
  answer: string,
): Promise<TerminalAnswer> {
  const screen = Object.assign(Readable.from([`${answer}\n`]), { isTTY: true });
  return inTurn(() => receiptHere(args, environment, screen));
}

async function receiptHere(
  args: string[],
  env: Record<string, string>,
  stdin: Readable,
): Promise<TerminalAnswer> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const said = Promise.all([text(stdout), text(stderr)]);
  const logger = LoggerOfAll.now();
  const surroundings = {
    env,
    stdin,
    stdout,
    console: new Console({ stdout, stderr }),
  };
  try {
    const code = await within(surroundings, () => program(args, 'of the test'));
    stdout.end();
    stderr.end();
    const [out, err] = await said;
    return { code, stdout: out, stderr: err };
  } finally {
    Logger.overrideLogger(logger ?? false);
  }
}

/** Nest has one logger for all applications of a process: that of the one that started last. */
class LoggerOfAll extends Logger {
  static now() {
    return this.staticInstanceRef;
  }
}
