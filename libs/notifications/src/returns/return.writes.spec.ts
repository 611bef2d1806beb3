import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Where facts of returns are, by table and by Prisma's name for it. */
const FACTS = {
  tax_returns: 'taxReturn',
  submissions: 'submission',
  submission_events: 'submissionEvent',
  rejection_codes: 'rejectionCodes',
  backup_verdicts: 'backupVerdict',
};
const tables = Object.keys(FACTS).join('|');
const models = Object.values(FACTS).join('|');

/** A statement that writes one of them, in SQL or by Prisma, also through the row of another. */
const WRITES = new RegExp(
  `\\b(?:INSERT\\s+INTO|UPDATE|DELETE\\s+FROM|MERGE\\s+INTO|TRUNCATE)\\s+(?:ONLY\\s+)?"?(?:${tables})\\b` +
    `|\\.(?:${models})\\.(?:create|update|upsert|delete)\\w*\\(` +
    `|\\b(?:taxReturn|submissions?|events|verdicts):\\s*\\{\\s*(?:create|update|upsert|delete|connect|set)\\w*:`,
  'gi',
);

function writesIn(text: string): string[] {
  return [...text.matchAll(WRITES)].map(([found]) => found.replace(/\s+/g, ' '));
}

describe('facts of a return', () => {
  it('are written by one file, which gives the return another revision', () => {
    const sources = ['libs', 'apps'].flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        .filter((path) => /(?<!\.spec)\.ts$/.test(path) && !path.includes('/generated/'))
        .map((path) => join(root, path)),
    );
    expect(sources.length).toBeGreaterThan(200);
    const writers = sources.filter((path) => writesIn(readFileSync(path, 'utf8')).length > 0);
    expect(writers).toEqual(['libs/notifications/src/returns/return.writes.ts']);
  });

  it.each([
    'INSERT INTO submission_events (type)',
    'UPDATE submissions s SET receipt_id = 1',
    'UPDATE "tax_returns" SET revision = 0',
    'DELETE FROM\n  rejection_codes',
    'await tx.submission.update({',
    'this.prisma.rejectionCodes.deleteMany()',
    'tx.taxReturn.upsert({',
    'data: { submission: { create: { id } } }',
    'events: {\n create: { type } }',
  ])('would be seen in %j', (text) => expect(writesIn(text)).toHaveLength(1));

  it.each([
    'FROM tax_returns WHERE id = 1 FOR NO KEY UPDATE',
    'tx.submission.findUnique({',
    'UPDATE submissions_seen SET',
  ])('are not in %j', (text) => expect(writesIn(text)).toEqual([]));
});
