import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { confirmationV2, failed, sendMailV1 } from '#apps/local/src/direct-file.messages.js';
import {
  keyUses,
  PrismaService,
  readSettings,
  reseal,
  SEALED_COLUMNS,
  Sealer,
} from '#libs/platform/index.js';
import { manyReturns } from '../support/make.many.js';
import { aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

const OLD = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
const NEW = `k2:${Buffer.alloc(32, 2).toString('base64')}`;
const LOST = `k0:${Buffer.alloc(32, 3).toString('base64')}`;

let stack: Stack;
let prisma: PrismaService;
beforeAll(async () => {
  stack = await Stack.start('reencrypt', {
    settings: { ENCRYPTION_KEYS: OLD, CALL_BACK_HOSTS: 'called.example.gov', CALL_BACK_EVERY: '7d' },
  });
  prisma = stack.app.get(PrismaService);
});

describe('a new encryption key', () => {
  it('reaches every column that the service seals, and each value still opens for its row', async () => {
    await sealSomethingEverywhere();
    const columns = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort();
    expect(await columnsUnder('k1')).toEqual(columns);
    expect(await sealedAnywhere()).toEqual(columns);

    expect(await reseal(prisma, sealerWith(NEW, OLD))).toBe(0);
    expect([await columnsUnder('k1'), await columnsUnder('k2')]).toEqual([[], columns]);
    // Sealed with a third key, each by the second alone: none is unreadable, so each was sealed for its own row.
    expect(await reseal(prisma, sealerWith(LOST, NEW))).toBe(0);
    expect([await columnsUnder('k2'), await columnsUnder('k0')]).toEqual([[], columns]);
    await reseal(prisma, sealerWith(OLD, LOST));
  });

  it('goes through as many rows as there are, in batches, and a second call finds nothing to do', async () => {
    const made = await manyReturns(stack, 1200);
    const seen: number[] = [];
    await reseal(prisma, sealerWith(NEW, OLD), ({ column, resealed }) => {
      if (column === 'tax_returns.email') seen.push(resealed);
    });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toBeGreaterThanOrEqual(made.length);
    const again: unknown[] = [];
    await reseal(prisma, sealerWith(NEW, OLD), (progress) => again.push(progress));
    expect(again).toEqual([]);
  });

  it('never undoes what the service writes between reading and writing', async () => {
    const { taxReturnId } = await aReturn(stack);
    const [name, later] = [`tax_returns.email:${taxReturnId}`, 'moved@example.com'];
    const newest = sealerWith(OLD).seal(later, name);
    await reseal(prisma, new SlowSealer(name, () => writeMeanwhile(taxReturnId, newest), NEW, OLD));
    const [row] = await stack.sql<{ email: string }>('SELECT email FROM tax_returns WHERE id = $1', [
      taxReturnId,
    ]);
    // The next pass met it again.
    expect(row?.email).toMatch(/^k2\./);
    expect(sealerWith(NEW).open(row?.email ?? '', name)).toBe(later);
  });

  it('does not wait for a row that somebody holds, and reaches it the next time', async () => {
    const { taxReturnId } = await aReturn(stack);
    const holder = new pg.Client({ connectionString: stack.environment.DATABASE_URL });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM tax_returns WHERE id = $1 FOR UPDATE', [taxReturnId]);
    await reseal(prisma, sealerWith(NEW, OLD));
    expect(await columnsUnder('k1')).toEqual(['tax_returns.email']);
    await holder.query('COMMIT');
    await holder.end();
    await reseal(prisma, sealerWith(NEW, OLD));
    expect(await columnsUnder('k1')).toEqual([]);
  });

  it('leaves alone and counts what no key opens', async () => {
    const { taxReturnId } = await aReturn(stack);
    const orphan = sealerWith(LOST).seal('gone@example.com', `tax_returns.email:${taxReturnId}`);
    await stack.sql('UPDATE tax_returns SET email = $1 WHERE id = $2', [orphan, taxReturnId]);
    expect(await reseal(prisma, sealerWith(NEW, OLD))).toBe(1);
    const [row] = await stack.sql('SELECT email FROM tax_returns WHERE id = $1', [taxReturnId]);
    expect(row).toEqual({ email: orphan });
  });
});

/** Something is written to a row the moment after it was read. */
class SlowSealer extends Sealer {
  private isWritten = false;

  constructor(
    private readonly row: string,
    private readonly write: () => void,
    ...keys: string[]
  ) {
    super(settingsWith(keys));
  }

  override seal(text: string, row: string): string {
    if (row === this.row && !this.isWritten) {
      this.isWritten = true;
      this.write();
    }
    return super.seal(text, row);
  }
}

/** From another process, while this one stands still. */
function writeMeanwhile(id: string, email: string): void {
  const script = `
    const client = new (require('pg').Client)({ connectionString: process.env.DATABASE_URL });
    client.connect()
      .then(() => client.query('UPDATE tax_returns SET email = $1 WHERE id = $2', process.argv.slice(1)))
      .then(() => client.end());`;
  const { DATABASE_URL } = stack.environment;
  execFileSync(process.execPath, ['-e', script, email, id], {
    env: { PATH: process.env.PATH, DATABASE_URL },
  });
}

/** Through the doors of the service, so that what it seals, and as what, is its own doing. */
async function sealSomethingEverywhere(): Promise<void> {
  const owner = await aReturn(stack, { accountEmail: 'account@example.com' });
  const { taxReturnId, email } = owner;
  await stack.put(
    'sendMail',
    sendMailV1({ ACCEPTED: [{ to: email, taxReturnId, context: { note: 'as asked' } }] }),
  );
  const failure = failed(owner);
  await stack.put(
    'confirmation',
    confirmationV2([{ ...failure, metadata: { ...failure.metadata, errorMessage: 'no route' } }]),
  );
  await stack.api('PUT', `/v1/submissions/${owner.submissionId}/rejection-codes`, [
    { MeFErrorCode: 'R1', MeFDescription: 'in the words of the authority' },
  ]);
  await stack.put('confirmation', '{"broken":');
  await stack.api('PUT', '/v1/call-backs/sealed', { url: 'https://called.example.gov/' });
  await stack.api('POST', '/v1/call-backs/sealed/secret', { reason: 'so that there are two' });
  await stack.idle();
}

function settingsWith(keys: string[]) {
  return readSettings({ ...stack.environment, ENCRYPTION_KEYS: keys.join(',') });
}

function sealerWith(...keys: string[]): Sealer {
  return new Sealer(settingsWith(keys));
}

async function columnsUnder(keyId: string): Promise<string[]> {
  const uses = await keyUses(prisma);
  return uses
    .filter((use) => use.keyId === keyId)
    .map(({ column }) => column)
    .sort();
}

/** Every text column of the database that holds sealed text, listed or not. */
async function sealedAnywhere(): Promise<string[]> {
  const columns = await stack.sql<{ name: string; table: string; column: string }>(
    `SELECT table_name || '.' || column_name AS name, table_name AS "table", column_name AS "column"
     FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb') AND column_name NOT LIKE '%\\_hash'`,
  );
  const found: string[] = [];
  for (const { name, table, column } of columns) {
    const [row] = await stack.sql(
      `SELECT 1 FROM "${table}" WHERE "${column}"::text ~ '^k1\\.[\\w-]{38,}$' LIMIT 1`,
    );
    if (row) found.push(name);
  }
  return found.sort();
}
