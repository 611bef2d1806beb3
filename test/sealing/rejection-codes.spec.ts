import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { statusChangeV2 } from '#apps/local/src/direct-file.messages.js';
import { PrismaService, readSettings, reseal, Sealer } from '#libs/platform/index.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

const OLD = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
const NEW = `k2:${Buffer.alloc(32, 2).toString('base64')}`;

interface Code {
  MeFErrorCode: string;
  MeFDescription?: string | null;
  TranslationKey?: string;
}

let stack: Stack;
/** A process that seals with the new key already, while the other does with the old one. Both open both. */
let later: Stack;
beforeAll(async () => {
  stack = await Stack.start('rejection-codes', {
    settings: { ENCRYPTION_KEYS: `${OLD},${NEW}`, LOG_LEVEL: 'debug' },
  });
  later = await Stack.start('rejection-codes-later', {
    databaseUrl: stack.environment.DATABASE_URL,
    settings: { ENCRYPTION_KEYS: `${NEW},${OLD}`, LOG_LEVEL: 'debug' },
    worker: false,
  });
});

describe('the words of the authority', () => {
  it('stand in no table and no log in plain text, by whichever door they came, and are told', async () => {
    const words = wordsOfNobodyElse();
    const codes = [{ MeFErrorCode: 'R1', MeFDescription: words, TranslationKey: 'status.R1' }];
    const [told, posted, put] = await Promise.all([aReturn(stack), aReturn(stack), aReturn(stack)]);
    const entryOf = (submissionId: string) =>
      ({ submissionId, status: 'rejected', rejectionCodes: codes }) as const;
    // One waits for its submission, one is refused: both are kept with their bodies.
    await stack.put('statusChange', statusChangeV2([told.submissionId, randomUUID()].map(entryOf)));
    await stack.put('statusChange', JSON.stringify({ ...entryOf(posted.submissionId), status: words }));
    const { taxReturnId, submissionId } = posted;
    await stack.api('POST', '/v1/submission-status', { taxReturnId, ...entryOf(submissionId) });
    await keep(stack, put, codes);
    await keep(stack, put, codes);
    await stack.idle();

    expect(await mailsTo(told)).toEqual([expect.stringContaining(words)]);
    const parked = await stack.sql('SELECT reason FROM quarantine');
    expect(parked).toHaveLength(2);
    expect(await tablesWith(words)).toEqual([]);
    expect(logs()).not.toContain(words);

    for (const owner of [told, posted, put]) expect(await codesOf(owner)).toEqual(codes);
    const answer = await stack.api('GET', `/v1/tax-returns/${told.taxReturnId}/status`);
    expect(answer.body).toMatchObject({ rejectionCodes: codes });
    const terminal = await receipt(['status', told.taxReturnId, '--json'], stack.environment);
    expect(JSON.parse(terminal.stdout)).toMatchObject({ rejectionCodes: codes });

    await asAnEarlierRelease(put, codes);
    expect(await tablesWith(words)).toEqual(['public.rejection_codes']);
    await keep(stack, put, [{ MeFErrorCode: 'R2' }]);
  });

  it('are opened for their own submission only, and without them codes are answered and told', async () => {
    const [owner, other] = await Promise.all([aReturn(stack), aReturn(stack)]);
    const words = wordsOfNobodyElse();
    for (const each of [owner, other])
      await keep(stack, each, [{ MeFErrorCode: 'R1', MeFDescription: words }]);
    // Nor does the database show who else got the same words.
    expect((await rowOf(owner)).whole).not.toBe((await rowOf(other)).whole);
    await stack.sql(
      `UPDATE rejection_codes SET full_codes = (SELECT full_codes FROM rejection_codes WHERE submission_id = $2) WHERE submission_id = $1`,
      [owner.submissionId, other.submissionId],
    );
    expect(await codesOf(owner)).toEqual([{ MeFErrorCode: 'R1' }]);
    await stack.put(
      'statusChange',
      statusChangeV2([{ submissionId: owner.submissionId, status: 'rejected' }]),
    );
    await stack.idle();
    const [mail] = await mailsTo(owner);
    expect(mail).toContain('R1');
    expect(mail).not.toContain(words);
    expect(logs()).toContain(`rejection_codes.full_codes:${owner.submissionId} does not open`);
    await keep(stack, owner, []);
  });
});

describe.each<[string, (owner: MadeReturn, codes: Code[]) => Promise<unknown>]>([
  ['sealed', (owner, codes) => keep(stack, owner, codes)],
  ['sealed under the key that comes next', (owner, codes) => keep(later, owner, codes)],
  [
    'sealed anew under it',
    async (owner, codes) => {
      await keep(stack, owner, codes);
      await reseal(stack.app.get(PrismaService), sealerOf(later));
      expect(await rowOf(owner)).toMatchObject({ full: 'k2', hash: 'k2' });
    },
  ],
  ['kept in plain text by an earlier release', (owner, codes) => asAnEarlierRelease(owner, codes)],
  [
    'written over in plain text by an earlier release',
    async (owner, codes) => {
      await keep(stack, owner, [{ MeFErrorCode: 'R0', MeFDescription: 'before' }]);
      await asAnEarlierRelease(owner, codes);
    },
  ],
])('codes that are %s', (_, keepFirst) => {
  const codes = [
    { MeFErrorCode: 'R1', MeFDescription: 'of “one” \\ and 🙂', TranslationKey: 'status.R1' },
    { MeFErrorCode: 'R2', MeFDescription: null },
    { MeFErrorCode: 'R3', MeFDescription: '' },
    { MeFErrorCode: 'R4' },
  ];
  const [first, second, third, fourth] = codes as [Code, Code, Code, Code];

  it('are read as they came, also beside what is sealed', async () => {
    const owner = await aReturn(stack);
    await keepFirst(owner, codes);
    expect(await codesOf(owner, later)).toEqual(codes);
  });

  it('are no news when they come again, from a process with either key, and nothing is written', async () => {
    const owner = await aReturn(stack);
    await keepFirst(owner, codes);
    const before = await rowOf(owner);
    for (const again of [stack, later]) {
      await keep(again, owner, codes);
      await keep(
        again,
        owner,
        codes.map(({ TranslationKey, ...code }) => ({ TranslationKey, ...code })),
      );
    }
    expect(await rowOf(owner)).toEqual(before);
  });

  it.each<[string, Code[]]>([
    ['other words', [{ ...first, MeFDescription: 'of another' }, second, third, fourth]],
    ['no words any more', [{ MeFErrorCode: 'R1', TranslationKey: 'status.R1' }, second, third, fourth]],
    ['words where there were none', [first, second, third, { ...fourth, MeFDescription: 'of four' }]],
    ['the words beside another code', [{ ...first, MeFErrorCode: 'R9' }, second, third, fourth]],
    ['another key of a translation', [{ ...first, TranslationKey: 'status.R9' }, second, third, fourth]],
    ['a code less', [first, second, third]],
    ['another order', [second, first, third, fourth]],
    ['none where there was null', [first, { MeFErrorCode: 'R2' }, third, fourth]],
    ['nothing', []],
  ])('are news with %s', async (_what, news) => {
    const owner = await aReturn(stack);
    await keepFirst(owner, codes);
    const { revision } = await rowOf(owner);
    await keep(later, owner, news);
    expect(await codesOf(owner)).toEqual(news.length === 0 ? [] : JSON.parse(JSON.stringify(news)));
    expect((await rowOf(owner)).revision).toBe(revision + 1);
    expect((await rowOf(owner)).plain).toBe(false);
  });
});

it('codes without words that an earlier release wrote over sealed ones are not given the words of those', async () => {
  const owner = await aReturn(stack);
  await keep(stack, owner, [{ MeFErrorCode: 'R1', MeFDescription: 'of one' }]);
  await asAnEarlierRelease(owner, [{ MeFErrorCode: 'R2' }]);
  expect(await codesOf(owner)).toEqual([{ MeFErrorCode: 'R2' }]);
});

describe('receipt reencrypt', () => {
  it('seals what is in plain text beside the service, says what is left, and changes no answer', async () => {
    const words = wordsOfNobodyElse();
    const codes = [{ MeFErrorCode: 'R1', MeFDescription: words, TranslationKey: 'status.R1' }];
    const [owner, held] = await Promise.all([aReturn(stack), aReturn(stack)]);
    for (const each of [owner, held]) await asAnEarlierRelease(each, codes);
    // More than one batch, of submissions that nobody registered.
    await stack.sql(
      `INSERT INTO rejection_codes (submission_id, codes, updated_at) SELECT 'plain-' || n, $1::jsonb, now() FROM generate_series(1, 450) n`,
      [JSON.stringify(codes)],
    );
    const reencrypt = (...more: string[]) => receipt(['reencrypt', '--json', ...more], later.environment);
    const before = await rowOf(owner);
    const plain = await plainRows();
    expect(plain).toBeGreaterThanOrEqual(452);
    expect(JSON.parse((await reencrypt('--dry-run')).stdout)).toMatchObject({ plain });

    const holder = await stack.session();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT 1 FROM rejection_codes WHERE submission_id = $1 FOR UPDATE', [
        held.submissionId,
      ]);
      const part = await reencrypt();
      expect([part.code, JSON.parse(part.stdout)]).toEqual([1, expect.objectContaining({ plain: 1 })]);
      expect(part.stderr).toContain(`${plain - 1} rows encrypted that were in plain text`);
      expect(part.stderr).toContain('Rows are still in plain text');
      await holder.query('COMMIT');
    } finally {
      holder.release();
    }
    const done = await reencrypt();
    expect([done.code, JSON.parse(done.stdout)]).toEqual([0, expect.objectContaining({ plain: 0 })]);

    expect(await tablesWith(words)).toEqual([]);
    expect(await codesOf(owner, later)).toEqual(codes);
    const after = await rowOf(owner);
    expect(after).toMatchObject({ full: 'k2', hash: 'k2', revision: before.revision });
    await keep(later, owner, codes);
    expect(await rowOf(owner)).toEqual(after);
  });
});

function wordsOfNobodyElse(): string {
  return `Ana ${randomUUID()} has filed already`;
}

async function keep(by: Stack, { submissionId }: MadeReturn, codes: Code[]): Promise<void> {
  const { status } = await by.api('PUT', `/v1/submissions/${submissionId}/rejection-codes`, codes);
  expect(status).toBe(200);
}

/** As it was written before anything of it was sealed. */
async function asAnEarlierRelease({ submissionId }: MadeReturn, codes: Code[]): Promise<void> {
  await stack.sql(
    `INSERT INTO rejection_codes AS kept (submission_id, codes, updated_at) VALUES ($1, $2::jsonb, now())
     ON CONFLICT (submission_id) DO UPDATE SET codes = excluded.codes, updated_at = now() WHERE kept.codes <> excluded.codes`,
    [submissionId, JSON.stringify(codes)],
  );
}

async function codesOf({ submissionId }: MadeReturn, by = stack): Promise<unknown> {
  return (await by.api('GET', `/v1/submissions/${submissionId}`)).body.rejectionCodes;
}

/** What stands beside the codes, in which version of the row, and the revision of the return. */
async function rowOf({ submissionId, taxReturnId }: MadeReturn) {
  const [row] = await stack.sql<{
    version: string;
    full: string;
    hash: string;
    whole: string;
    plain: boolean;
    revision: number;
  }>(
    `SELECT c.xmin::text AS version, split_part(full_codes, '.', 1) AS full, split_part(codes_hash, '.', 1) AS hash, codes_hash AS whole,
            codes::text ~ 'MeFDescription": "[^"]' AS plain, t.revision::int AS revision
     FROM rejection_codes c, tax_returns t WHERE c.submission_id = $1 AND t.id = $2`,
    [submissionId, taxReturnId],
  );
  if (!row) throw new Error('no codes are kept');
  return row;
}

async function plainRows(): Promise<number> {
  const rows = await stack.sql(`SELECT 1 FROM rejection_codes WHERE codes::text ~ 'MeFDescription": "[^"]'`);
  return rows.length;
}

/** The tables of all schemas that have a text in any of their columns. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await stack.sql<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  for (const { name } of tables)
    if (
      (await stack.sql(`SELECT 1 FROM ${name} t WHERE position($1 in t::text) > 0 LIMIT 1`, [text])).length >
      0
    )
      found.push(name);
  return found;
}

/** Both are in this process, where the one that started last logs for all. */
function logs(): string {
  return stack.log() + later.log();
}

function mailsTo({ email }: MadeReturn): Promise<string[]> {
  const mails = stack.mailbox.mails.filter(({ to }) => to.includes(email));
  return Promise.all(mails.map(async (mail) => (await mail.parse()).text ?? ''));
}

function sealerOf({ environment }: Stack): Sealer {
  return new Sealer(readSettings(environment));
}
