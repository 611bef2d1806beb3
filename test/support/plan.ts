import pg from 'pg';

/** A node of a plan, as `EXPLAIN (FORMAT JSON)` writes one. */
interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: PlanNode[];
}

/**
 * How a prepared statement would read each table now, in the session that prepared it: `table by index`, or `all of table` where no
 * condition narrows what is read. Sorted, each once.
 */
export async function readsOf(client: pg.ClientBase, name: string, values: PlanValue[]): Promise<string[]> {
  const given = values.map(literal).join(', ');
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    `EXPLAIN (FORMAT JSON) EXECUTE ${pg.escapeIdentifier(name)}(${given})`,
  );
  const found = rows.flatMap(({ 'QUERY PLAN': plans }) => plans.flatMap(({ Plan }) => readsIn(Plan)));
  return [...new Set(found)].toSorted();
}

function readsIn(node: PlanNode): string[] {
  const { 'Relation Name': table, 'Node Type': type, Plans: below = [] } = node;
  if (table === undefined || type === 'ModifyTable') return below.flatMap(readsIn);
  // A bitmap is made of indexes, which stand below the table.
  const scans = type === 'Bitmap Heap Scan' ? bitmapsOf(below) : [node];
  const isNarrowed = scans.every((scan) => scan['Index Cond'] !== undefined);
  const indexes = scans.map((scan) => scan['Index Name'] ?? 'no index').join(', ');
  return [isNarrowed ? `${table} by ${indexes}` : `all of ${table}`, ...below.flatMap(readsIn)];
}

/** Those of a table, beside which plans of their own may stand. */
function bitmapsOf(nodes: PlanNode[]): PlanNode[] {
  return nodes.flatMap((node) => {
    if (node['Node Type'] === 'Bitmap Index Scan') return [node];
    return node['Node Type'].startsWith('Bitmap') ? bitmapsOf(node.Plans ?? []) : [];
  });
}

/** What a statement is run with. */
export type PlanValue = string | number | boolean | Date | null | readonly (string | number | null)[];

/** A value as `EXECUTE` takes one, which has no parameters. */
function literal(value: PlanValue): string {
  if (typeof value === 'object' && value !== null && !(value instanceof Date))
    return pg.escapeLiteral(
      `{${value.map((one) => (one === null ? 'NULL' : JSON.stringify(String(one)))).join(',')}}`,
    );
  if (value === null) return 'NULL';
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
}
