import { execFile } from 'node:child_process';

/** How a call of the terminal ended, and what it said. */
export interface TerminalAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

/** Calls `receipt` as a process of its own, built by `npm run build`, with these settings and no others. @param input what it reads. */
export function receipt(
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
