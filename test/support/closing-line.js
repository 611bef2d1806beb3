/** Says last what a reader in a hurry needs: what did not run and why, where failed databases are, and the sums. */
import { writeSync } from 'node:fs';
import { relative } from 'node:path';
import { importSource } from '../../tools/typescript-source.mjs';

const { closingLine, failures, missing } = await importSource('test/support/summary.ts');

export default class ClosingLine {
  #kept = [];

  async onTestResult(test, result) {
    const folder = process.env.TEST_LOG_DIR;
    if (!folder) return;
    const { settleDatabases } = await importSource('test/support/kept-databases.ts');
    const passed = result.numFailingTests === 0 && !result.testExecError;
    const names = await settleDatabases(folder, process.env.TEST_POSTGRES_URL, test.path, passed);
    for (const name of names) this.#kept.push(`${name} (${relative(process.cwd(), test.path)})`);
  }

  onRunComplete(_contexts, results) {
    const lines = [];
    if (this.#kept.length > 0) {
      lines.push('Databases of failed files, kept for now:', ...this.#kept.map((one) => `  ${one}`));
      lines.push(`Look at them with: node test/support/serve-kept.js ${process.env.TEST_LOG_DIR}`);
    }
    lines.push(...missing(process.env));
    lines.push(closingLine(results));
    // Jest sets it only after the teardown; a process that ended in between would have passed.
    if (failures(results) > 0 || this.getLastError()) process.exitCode = 1;
    // Jest prints its summary after all reporters, and a synchronous write survives the end of the process.
    process.once('exit', () => writeSync(1, `${lines.join('\n')}\n`));
  }

  /** In CI nothing may go untested in silence. */
  getLastError() {
    const lacking = missing(process.env);
    return process.env.CI === 'true' && lacking.length > 0 ? new Error(lacking.join('\n')) : undefined;
  }
}
