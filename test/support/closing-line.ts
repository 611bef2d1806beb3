import { writeFileSync, writeSync } from 'node:fs';
import { relative } from 'node:path';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { addressesInLogs } from './address.scan.js';
import { readTimes, timesTable } from './file-times.js';
import { settleDatabases } from './kept-databases.js';
import { processorSeconds } from './processor-time.js';
import { readProved, readUntried } from './proved.js';
import { keptFile } from './run-folder.js';
import { isEndurance } from './sizes.js';
import { closingLine, failures, missing } from './summary.js';
import type { RunSums } from './summary.js';

/**
 * Says last what a reader in a hurry needs: what did not run and why, where failed databases are, and the sums. Before
 * that, when asked, what a long run has shown and where the time went.
 */
export default class ClosingLine implements Reporter {
  private readonly kept: string[] = [];

  async onTestModuleEnd(file: TestModule): Promise<void> {
    const { TEST_LOG_DIR: folder, TEST_POSTGRES_URL: url = '' } = process.env;
    if (!folder) return;
    const names = await settleDatabases(folder, url, file.moduleId, file.ok());
    for (const name of names) this.kept.push(`${name} (${relative(process.cwd(), file.moduleId)})`);
  }

  onTestRunEnd(files: readonly TestModule[], errors: readonly SerializedError[]): void {
    const { TEST_LOG_DIR: folder = '', TIMES: areTimesWanted } = process.env;
    const times = areTimesWanted ? readTimes(folder) : [];
    const lacking = missing(process.env);
    // Those of the servers are among them. Databases and queues are looked through when their stack stops.
    const addresses = folder ? addressesInLogs(folder) : [];
    if (addresses.length > 0) writeFileSync(keptFile(folder), '');
    const sums = sumsOf(files, errors, addresses.length > 0);
    const lines = [
      ...under('This run has shown:', isEndurance ? readProved(folder) : []),
      ...under(
        `Databases of failed files, kept for now (node test/support/serve-kept.js ${folder}):`,
        this.kept,
      ),
      ...under(`E-mail addresses stand in plain text in ${folder}:`, addresses),
      ...lacking,
      ...readUntried(folder),
      closingLine(sums),
    ];
    // In CI nothing may go untested in silence.
    if (failures(sums) > 0 || (process.env.CI === 'true' && lacking.length > 0)) process.exitCode = 1;
    // The runner prints its summary after all reporters, and a synchronous write survives the end of the process.
    process.once('exit', () => {
      // By then the servers of the run have ended, and their time is known.
      const table = times.length > 0 ? timesTable(times, processorSeconds()) : [];
      writeSync(1, `${[...table, ...lines].join('\n')}\n`);
    });
  }
}

/** A heading and what belongs to it; nothing where nothing does. */
function under(heading: string, entries: string[]): string[] {
  return entries.length > 0 ? [heading, ...entries.map((one) => `  ${one}`)] : [];
}

function sumsOf(files: readonly TestModule[], errors: readonly SerializedError[], leaked: boolean): RunSums {
  const tests = files.flatMap((file) => [...file.children.allTests()]);
  const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    unable: files.filter((file) => !file.ok() && [...file.children.allTests('failed')].length === 0).length,
    stray: errors.length + (leaked ? 1 : 0),
  };
}
