import { Prisma } from './generated/client.js';
import type { PrismaService } from './prisma.service.js';
import { SEALED_COLUMNS } from './sealed.columns.js';
import type { SealedColumn } from './sealed.columns.js';
import { SealError } from './sealing.js';
import type { Sealer } from './sealing.js';

/** How many rows of a column are sealed with one key. */
export interface KeyUse {
  /** `table.column`. */
  column: string;
  keyId: string;
  rows: number;
}

/** How far a column is, for who watches. */
export interface ResealProgress {
  /** `table.column`. */
  column: string;
  /** Rows of it that were sealed anew so far. */
  resealed: number;
}

const BATCH = 500;
/** A row that the service changes or holds meanwhile is met again in the next pass. */
const PASSES = 5;

/** Rows by sealed column and key. */
export async function keyUses(prisma: PrismaService): Promise<KeyUse[]> {
  const uses: KeyUse[] = [];
  for (const sealed of SEALED_COLUMNS) {
    const { table, column } = names(sealed);
    const rows = await prisma.$queryRaw<{ keyId: string; rows: number }[]>`
      SELECT split_part(${column}, '.', 1) AS "keyId", count(*)::int AS rows
      FROM ${table} WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY 1`;
    uses.push(...rows.map((row) => ({ column: `${sealed.table}.${sealed.column}`, ...row })));
  }
  return uses;
}

/**
 * Seals with the first key whatever is sealed with another. May be stopped at any time and begun again, and the service
 * may run meanwhile: a row is only changed if it still holds what was read.
 * @param onProgress hears of each batch.
 * @returns how many rows could not be opened, because their key is gone or they were changed. They stay as they are.
 */
export async function reseal(
  prisma: PrismaService,
  sealer: Sealer,
  onProgress: (progress: ResealProgress) => void = () => undefined,
): Promise<number> {
  let unreadable = 0;
  for (const sealed of SEALED_COLUMNS) {
    const column = `${sealed.table}.${sealed.column}`;
    let resealed = 0;
    const onBatch = (rows: number) => onProgress({ column, resealed: (resealed += rows) });
    let walk = await walkThrough(prisma, sealer, sealed, onBatch);
    for (let pass = 2; walk.missed > 0 && pass <= PASSES; pass += 1)
      walk = await walkThrough(prisma, sealer, sealed, onBatch);
    unreadable += walk.unreadable;
  }
  return unreadable;
}

interface SealedRow {
  /** Values of the key's columns, as text. */
  key: string[];
  sealed: string;
}

interface Change {
  key: string[];
  from: string;
  to: string;
  /** Of the text, where the column has one beside it. */
  hash: string | undefined;
}

interface Walk {
  /** Rows that another held or changed just then. */
  missed: number;
  unreadable: number;
}

/** Goes once through what a column has under other keys, batch by batch. */
async function walkThrough(
  prisma: PrismaService,
  sealer: Sealer,
  sealed: SealedColumn,
  onBatch: (resealed: number) => void,
): Promise<Walk> {
  const walk: Walk = { missed: 0, unreadable: 0 };
  let rows = await nextRows(prisma, sealer, sealed);
  while (rows.length > 0) {
    const changes = rows.flatMap((row) => resealed(sealer, sealed, row) ?? []);
    const changed = await exchange(prisma, sealed, changes);
    walk.missed += changes.length - changed;
    walk.unreadable += rows.length - changes.length;
    onBatch(changed);
    rows = await nextRows(prisma, sealer, sealed, rows.at(-1)?.key);
  }
  return walk;
}

function nextRows(
  prisma: PrismaService,
  sealer: Sealer,
  sealed: SealedColumn,
  after?: string[],
): Promise<SealedRow[]> {
  const { table, column, keys, types } = names(sealed);
  const order = Prisma.join(keys);
  const onward = after
    ? Prisma.sql`AND (${order}) > (${Prisma.join(after.map((value, at) => Prisma.sql`${value}::${types[at]}`))})`
    : Prisma.empty;
  return prisma.$queryRaw<SealedRow[]>`
    SELECT ARRAY[${Prisma.join(keys.map((key) => Prisma.sql`${key}::text`))}] AS key, ${column} AS sealed FROM ${table}
    WHERE split_part(${column}, '.', 1) <> ${sealer.currentKey} ${onward} ORDER BY ${order} LIMIT ${BATCH}`;
}

/** Undefined when it does not open. */
function resealed(
  sealer: Sealer,
  { table, column, hash }: SealedColumn,
  { key, sealed }: SealedRow,
): Change | undefined {
  const row = `${table}.${column}:${key.join('-')}`;
  try {
    const text = sealer.open(sealed, row);
    return { key, from: sealed, to: sealer.seal(text, row), hash: hash && sealer.fingerprint(text, row) };
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

/** Never waits for a row that another holds, so that it is part of no deadlock. @returns how many rows it changed. */
async function exchange(prisma: PrismaService, sealed: SealedColumn, changes: Change[]): Promise<number> {
  const { table, column, hash, keys, types } = names(sealed);
  const given = keys.map((_, at) => Prisma.sql`${changes.map(({ key }) => key[at])}::text[]`);
  const parts = keys.map((_, at) => Prisma.raw(`part_${at}`));
  const isSameRow = Prisma.join(
    keys.map((key, at) => Prisma.sql`${table}.${key} = ${parts[at]}::${types[at]}`),
    ' AND ',
  );
  return prisma.$executeRaw`
    WITH change AS (
      SELECT * FROM unnest(
        ${Prisma.join(given)}, ${changes.map(({ from }) => from)}::text[], ${changes.map(({ to }) => to)}::text[],
        ${changes.map((change) => change.hash ?? null)}::text[]
      ) AS change (${Prisma.join(parts)}, from_text, to_text, to_hash)
    ), held AS (
      SELECT change.* FROM ${table} JOIN change ON ${isSameRow} AND ${table}.${column} = from_text
      FOR NO KEY UPDATE OF ${table} SKIP LOCKED
    )
    UPDATE ${table} SET ${column} = to_text ${hash ? Prisma.sql`, ${hash} = to_hash` : Prisma.empty} FROM held WHERE ${isSameRow}`;
}

/** The names of a column as parts of a statement. They come from the list of sealed columns only. */
function names({ table, column, key, hash }: SealedColumn) {
  return {
    table: Prisma.raw(`"${table}"`),
    column: Prisma.raw(`"${column}"`),
    hash: hash && Prisma.raw(`"${hash}"`),
    keys: Object.keys(key).map((name) => Prisma.raw(`"${name}"`)),
    types: Object.values(key).map((type) => Prisma.raw(type)),
  };
}
