import { writeSync } from 'node:fs';
import { relative } from 'node:path';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { settleDatabases } from './kept-databases.js';
import { closingLine, failures, missing } from './summary.js';
import type { RunSums } from './summary.js';

/** Says last what a reader in a hurry needs: what did not run and why, where failed databases are, and the sums. */
export default class ClosingLine implements Reporter {
  private readonly kept: string[] = [];

  async onTestModuleEnd(file: TestModule): Promise<void> {
    const { TEST_LOG_DIR: folder, TEST_POSTGRES_URL: url = '' } = process.env;
    if (!folder) return;
    const names = await settleDatabases(folder, url, file.moduleId, file.ok());
    for (const name of names) this.kept.push(`${name} (${relative(process.cwd(), file.moduleId)})`);
  }

  onTestRunEnd(files: readonly TestModule[], errors: readonly SerializedError[]): void {
    const lines: string[] = [];
    if (this.kept.length > 0) {
      lines.push('Databases of failed files, kept for now:', ...this.kept.map((one) => `  ${one}`));
      lines.push(`Look at them with: node test/support/serve-kept.js ${process.env.TEST_LOG_DIR}`);
    }
    const lacking = missing(process.env);
    lines.push(...lacking);
    const sums = sumsOf(files, errors);
    lines.push(closingLine(sums));
    // In CI nothing may go untested in silence.
    if (failures(sums) > 0 || (process.env.CI === 'true' && lacking.length > 0)) process.exitCode = 1;
    // The runner prints its summary after all reporters, and a synchronous write survives the end of the process.
    process.once('exit', () => writeSync(1, `${lines.join('\n')}\n`));
  }
}

function sumsOf(files: readonly TestModule[], errors: readonly SerializedError[]): RunSums {
  const tests = files.flatMap((file) => [...file.children.allTests()]);
  const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    unable: files.filter((file) => !file.ok() && [...file.children.allTests('failed')].length === 0).length,
    stray: errors.length,
  };
}
