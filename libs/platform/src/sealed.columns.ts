/** A column that holds sealed text. */
export interface SealedColumn {
  table: string;
  column: string;
  /** The unique column whose value, after `table.column:`, is the associated data; rows are walked in its order. */
  row: string;
  rowType: 'uuid' | 'text';
}

/** Every column whose comment in schema.prisma says "Sealed": the one list of what a new encryption key has to reach. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'tax_returns', column: 'email', row: 'id', rowType: 'uuid' },
  { table: 'tax_returns', column: 'account_email', row: 'id', rowType: 'uuid' },
  { table: 'submission_events', column: 'failure_message', row: 'source', rowType: 'text' },
  { table: 'notifications', column: 'address', row: 'id', rowType: 'uuid' },
  { table: 'notifications', column: 'context', row: 'id', rowType: 'uuid' },
  { table: 'quarantine', column: 'body', row: 'id', rowType: 'uuid' },
];
