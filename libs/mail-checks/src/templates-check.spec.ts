import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { changedTemplates, type Changes } from '../../../test/support/templates.js';
import type { CatalogueReport } from './check.report.js';

/** Runs the command that the build runs. */
function command(...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['tools/templates-check.mjs', ...args], (_, out) =>
      resolve({ code: child.exitCode ?? -1, out }),
    );
  });
}

describe('npm run templates:check', () => {
  it('ends well and says so when there is nothing to find', async () => {
    const { code, out } = await command(await changedTemplates({}, 'accepted'));
    expect(out).toContain('18 mails looked at: 0 errors, 0 warnings');
    expect(code).toBe(0);
  });

  it('fails the build when a mail has a fault or a file is missing, and says what to do', async () => {
    const changes: Changes = {
      'en/accepted.mjml': (text) => text.replace('<p>', '<p>You get $1,250. '),
      'es/accepted.txt': undefined,
    };
    const folder = await changedTemplates(changes, 'accepted');
    // One after the other: the second finds what the first has looked at.
    const printed = await command(folder);
    const asJson = await command(folder, '--json');
    expect([printed.code, asJson.code]).toEqual([1, 1]);
    expect(printed.out).toContain('The number 1,250 stands in the HTML only: say it in the text too.');
    expect(printed.out).toContain('FAIL Translation: is missing; write it. [es/accepted.txt]');
    const report = JSON.parse(asJson.out) as CatalogueReport;
    expect(report.ok).toBe(false);
    expect(report.files).toEqual([
      { check: 'translation', level: 'error', message: 'is missing; write it.', where: 'es/accepted.txt' },
    ]);
  });
});
