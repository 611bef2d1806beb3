import type { Command } from 'commander';
import type { Rehashed } from '#libs/notifications/index.js';
import type { KeyUse, PrismaService, ResealProgress, Sealer } from '#libs/platform/index.js';
import { environment } from './data.js';
import { counted, NotDone, note, printJson, printTable } from './terminal.js';

interface Options {
  dryRun?: boolean;
  json?: boolean;
}

/**
 * `receipt reencrypt`: brings sealed columns, and the hashes of addresses, to the first key of ENCRYPTION_KEYS, and seals what an
 * earlier release kept in plain text.
 */
export function register(receipt: Command): void {
  receipt
    .command('reencrypt')
    .description(
      'encrypt and hash with the first of ENCRYPTION_KEYS what was encrypted or hashed with another one',
    )
    .option('--dry-run', 'only count the rows of each column and key')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The service may run meanwhile, and the command may be stopped and called again. It also hashes anew by what addresses
are known as suppressed, in the form that this release uses, and encrypts what an earlier release did not: call it once
after an upgrade that says so. To change the key:
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
    const plain = await sealPlainText(prisma, sealer, dryRun);
    const unreadable = dryRun ? 0 : await reseal(prisma, sealer, showProgress);
    const hashes = dryRun ? undefined : await rehash(prisma, sealer);
    const uses = await keyUses(prisma);
    const idle = settings.ENCRYPTION_KEYS.map(({ id }) => id).filter(
      (id) => id !== sealer.currentKey && !uses.some(({ keyId }) => keyId === id),
    );
    if (json) printJson({ currentKey: sealer.currentKey, uses, plain, unreadable, unusedKeys: idle, hashes });
    else report(uses, plain, idle, sealer.currentKey);
    const left = uses
      .filter(({ keyId }) => keyId !== sealer.currentKey)
      .reduce((sum, { rows }) => sum + rows, 0);
    if (left > 0 && !dryRun) throw new NotDone(whyLeft(left, unreadable));
    if (plain > 0 && !dryRun) throw new NotDone(WHY_PLAIN);
  } finally {
    await prisma.$disconnect();
  }
}

/** What the authority says of a rejection was not encrypted once. @returns how many rows hold it in plain text still. */
async function sealPlainText(prisma: PrismaService, sealer: Sealer, dryRun?: boolean): Promise<number> {
  const { PlainCodes, ReturnChanges, ReturnWrites } = await import('#libs/notifications/index.js');
  const codes = new PlainCodes(prisma, new ReturnWrites(sealer, new ReturnChanges()));
  if (!dryRun) {
    const sealed = await codes.seal();
    if (sealed > 0)
      note(`rejection_codes.codes: ${counted(sealed, 'row')} encrypted that were in plain text`);
  }
  return codes.count();
}

/** Addresses are also known by hashes, of their form at the time. Without a sealed address beside it none can be made anew. */
async function rehash(prisma: PrismaService, sealer: Sealer): Promise<Rehashed> {
  const { AddressRehash, ReturnAddresses } = await import('#libs/notifications/index.js');
  const done = await new AddressRehash(prisma, new ReturnAddresses(sealer)).run();
  note(`hashes of addresses: ${done.rehashed} made anew`);
  if (done.left > 0)
    note(
      `${counted(done.left, 'suppression')} whose address is not known any more: the hash stays as it is, and ends with its key.`,
    );
  return done;
}

function showProgress({ column, resealed }: ResealProgress): void {
  note(`${column}: ${counted(resealed, 'row')} encrypted anew`);
}

function report(uses: KeyUse[], plain: number, idle: string[], current: string): void {
  printTable(
    ['COLUMN', 'KEY', 'ROWS'],
    uses.map(({ column, keyId, rows }) => [column, keyId, String(rows)]),
  );
  note(`The first key is ${current}.`);
  if (plain > 0) note(`rejection_codes.codes: ${counted(plain, 'row is', 'rows are')} in plain text.`);
  if (idle.length > 0)
    note(
      `No row uses ${idle.join(', ')} any more: take it out of ENCRYPTION_KEYS, and keep it for old backups.`,
    );
}

const WHY_PLAIN =
  'Rows are still in plain text: a process of an earlier release writes them, or held them. Check that every process runs this release first, then call this again.';

function whyLeft(rows: number, unreadable: number): string {
  const still = `${counted(rows, 'row is', 'rows are')} still under another key`;
  return unreadable > 0
    ? `${still}, and ${unreadable} cannot be opened: the key is not in ENCRYPTION_KEYS, or what it sealed was changed.`
    : `${still}: a process seals with it or held what it had sealed. Check that every process has the new key first, then call this again.`;
}
