import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { TEMPLATES } from './mail.kinds.js';

const ROWS = 'libs/notifications/src/terms/mail.kinds.ts';

/** What keeps a mail from being one that can be asked for and written, in sentences. */
function problemsOf(kinds: readonly string[], entries: readonly string[]): string[] {
  return [
    ...entries
      .filter((entry) => !kinds.includes(entry))
      .map(
        (entry) =>
          `templates/catalogue/${entry}.json is a mail that nobody can ask for: give it a row in ${ROWS}, or delete it.`,
      ),
    ...kinds
      .filter((kind) => !entries.includes(kind))
      .map(
        (kind) =>
          `${ROWS} has a row for ${kind}, which nobody has written: write templates/catalogue/${kind}.json and its texts, or delete the row.`,
      ),
  ];
}

it('every mail of the catalogue can be asked for, and every mail that can be asked for is in the catalogue', () => {
  const entries = readdirSync('templates/catalogue').map((file) => basename(file, '.json'));
  expect(problemsOf(TEMPLATES, entries)).toEqual([]);
});
