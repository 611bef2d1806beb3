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
  row: string;
  sealed: string;
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
    rows = await nextRows(prisma, sealer, sealed, rows.at(-1)?.row);
  }
  return walk;
}

function nextRows(
  prisma: PrismaService,
  sealer: Sealer,
  sealed: SealedColumn,
  after?: string,
): Promise<SealedRow[]> {
  const { table, column, row, rowType } = names(sealed);
  const onward = after === undefined ? Prisma.empty : Prisma.sql`AND ${row} > ${after}::${rowType}`;
  return prisma.$queryRaw<SealedRow[]>`
    SELECT ${row}::text AS row, ${column} AS sealed FROM ${table}
    WHERE split_part(${column}, '.', 1) <> ${sealer.currentKey} ${onward} ORDER BY ${row} LIMIT ${BATCH}`;
}

/** Undefined when it does not open. */
function resealed(
  sealer: Sealer,
  { table, column }: SealedColumn,
  { row, sealed }: SealedRow,
): { row: string; from: string; to: string } | undefined {
  const name = `${table}.${column}:${row}`;
  try {
    return { row, from: sealed, to: sealer.seal(sealer.open(sealed, name), name) };
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

/** Never waits for a row that another holds, so that it is part of no deadlock. @returns how many rows it changed. */
function exchange(
  prisma: PrismaService,
  sealed: SealedColumn,
  changes: { row: string; from: string; to: string }[],
): Promise<number> {
  const { table, column, row, rowType } = names(sealed);
  return prisma.$executeRaw`
    WITH change AS (
      SELECT * FROM unnest(
        ${changes.map((change) => change.row)}::text[],
        ${changes.map((change) => change.from)}::text[],
        ${changes.map((change) => change.to)}::text[]
      ) AS change (row_name, from_text, to_text)
    ), held AS (
      SELECT ${row} AS row_name, to_text FROM ${table} JOIN change ON ${row} = row_name::${rowType} AND ${column} = from_text
      FOR NO KEY UPDATE OF ${table} SKIP LOCKED
    )
    UPDATE ${table} SET ${column} = to_text FROM held WHERE ${row} = held.row_name`;
}

/** The names of a column as parts of a statement. They come from the list above only. */
function names({ table, column, row, rowType }: SealedColumn) {
  return {
    table: Prisma.raw(table),
    column: Prisma.raw(column),
    row: Prisma.raw(row),
    rowType: Prisma.raw(rowType),
  };
}
