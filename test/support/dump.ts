import { readSettings, SEALED_COLUMNS, Sealer } from '#libs/platform/index.js';
import type { Stack } from './stack.js';

type Looking = Pick<Stack, 'sql' | 'environment'>;

/** Every row of every table, as one who has the keys would read it: what is sealed stands behind the row that holds it. */
export async function dumpOf(stack: Looking): Promise<string[]> {
  const tables = await stack.sql<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
  );
  const sealer = new Sealer(readSettings(stack.environment));
  const lines: string[] = [];
  for (const { name } of tables) {
    const rows = await stack.sql<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM "${name}" t`,
    );
    lines.push(...rows.map(({ row }) => `${name}: ${JSON.stringify(row)} ${openedOf(sealer, name, row)}`));
  }
  return lines;
}

function openedOf(sealer: Sealer, table: string, row: Record<string, unknown>): string {
  return SEALED_COLUMNS.filter((sealed) => sealed.table === table && row[sealed.column] !== null)
    .map(({ column, key }) => {
      const name = Object.keys(key)
        .map((part) => String(row[part]))
        .join('-');
      return `${column}=${sealer.open(String(row[column]), `${table}.${column}:${name}`)}`;
    })
    .join(' ');
}
