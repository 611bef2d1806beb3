/** A column that holds sealed text. */
export interface SealedColumn {
  table: string;
  column: string;
  /**
   * The columns of a unique index with their types; rows are walked in its order. Their values, joined by `-`, go after
   * `table.column:` into the associated data.
   */
  key: Record<string, 'uuid' | 'text' | 'int'>;
  /** The column with a keyed hash of the sealed text, for the purpose of its row. */
  hash?: string;
}

/** Every column whose comment in schema.prisma says "Sealed": the one list of what a new encryption key has to reach. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'tax_returns', column: 'email', key: { id: 'uuid' } },
  { table: 'tax_returns', column: 'account_email', key: { id: 'uuid' } },
  { table: 'submission_events', column: 'failure_message', key: { source: 'text' } },
  { table: 'rejection_codes', column: 'full_codes', key: { submission_id: 'text' }, hash: 'codes_hash' },
  { table: 'notifications', column: 'address', key: { id: 'uuid' } },
  { table: 'notifications', column: 'context', key: { id: 'uuid' } },
  { table: 'deliveries', column: 'values', key: { notification_id: 'uuid', attempt: 'int' } },
  { table: 'call_backs', column: 'secret', key: { name: 'text' } },
  { table: 'call_backs', column: 'previous_secret', key: { name: 'text' } },
  { table: 'quarantine', column: 'body', key: { id: 'uuid' } },
];
