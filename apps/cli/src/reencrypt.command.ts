import type { Command } from 'commander';
import type { KeyUse, ResealProgress } from '#libs/platform/index.js';
import { environment } from './data.js';
import { NotDone, note, printJson, printTable } from './terminal.js';

interface Options {
  dryRun?: boolean;
  json?: boolean;
}

/** `receipt reencrypt`: brings sealed columns to the first key of ENCRYPTION_KEYS. */
export function register(receipt: Command): void {
  receipt
    .command('reencrypt')
    .description('encrypt with the first of ENCRYPTION_KEYS what is encrypted with another one')
    .option('--dry-run', 'only count the rows of each column and key')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The service may run meanwhile, and the command may be stopped and called again. To change the key:
  1. add the new one at the end of ENCRYPTION_KEYS and restart every process, so that all of them can open it;
  2. put it first and restart every process, so that all of them seal with it;
  3. receipt reencrypt, with the same ENCRYPTION_KEYS;
  4. take out the keys that it names as used by no row. Backups still need them.

Examples:
  receipt reencrypt --dry-run
  receipt reencrypt`,
    )
    .action(reencrypt);
}

async function reencrypt({ dryRun, json }: Options): Promise<void> {
  const { keyUses, PrismaService, readSettingsOf, reseal, Sealer, sealingSettings } =
    await import('#libs/platform/index.js');
  const settings = readSettingsOf(sealingSettings, await environment());
  const prisma = new PrismaService(settings);
  try {
    const sealer = new Sealer(settings);
    const unreadable = dryRun ? 0 : await reseal(prisma, sealer, showProgress);
    const uses = await keyUses(prisma);
    const idle = settings.ENCRYPTION_KEYS.map(({ id }) => id).filter(
      (id) => id !== sealer.currentKey && !uses.some(({ keyId }) => keyId === id),
    );
    if (json) printJson({ currentKey: sealer.currentKey, uses, unreadable, unusedKeys: idle });
    else report(uses, idle, sealer.currentKey);
    const left = uses
      .filter(({ keyId }) => keyId !== sealer.currentKey)
      .reduce((sum, { rows }) => sum + rows, 0);
    if (left > 0 && !dryRun) throw new NotDone(whyLeft(left, unreadable));
  } finally {
    await prisma.$disconnect();
  }
}

function showProgress({ column, resealed }: ResealProgress): void {
  note(`${column}: ${resealed} rows encrypted anew`);
}

function report(uses: KeyUse[], idle: string[], current: string): void {
  printTable(
    ['COLUMN', 'KEY', 'ROWS'],
    uses.map(({ column, keyId, rows }) => [column, keyId, String(rows)]),
  );
  note(`The first key is ${current}.`);
  if (idle.length > 0)
    note(
      `No row uses ${idle.join(', ')} any more: take it out of ENCRYPTION_KEYS, and keep it for old backups.`,
    );
}

function whyLeft(rows: number, unreadable: number): string {
  return unreadable > 0
    ? `${rows} rows are still under another key, and ${unreadable} of them cannot be opened: their key is not in ENCRYPTION_KEYS, or they were changed.`
    : `${rows} rows are still under another key: a process seals with it or held them. Check that every process has the new key first, then call this again.`;
}
