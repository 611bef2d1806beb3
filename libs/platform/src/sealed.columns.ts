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
  /**
   * With what it is erased (docs/retention.md): with its mail, its return, or the message that it is of. `never`: it is of no taxpayer.
   */
  erased: 'with-mail' | 'with-return' | 'with-message' | 'never';
}

/** Every column whose comment in schema.prisma says "Sealed": the one list of what a new encryption key has to reach, and erasure. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'tax_returns', column: 'email', key: { id: 'uuid' }, erased: 'with-return' },
  { table: 'tax_returns', column: 'account_email', key: { id: 'uuid' }, erased: 'with-return' },
  { table: 'submission_events', column: 'failure_message', key: { source: 'text' }, erased: 'with-return' },
  {
    table: 'rejection_codes',
    column: 'full_codes',
    key: { submission_id: 'text' },
    hash: 'codes_hash',
    erased: 'with-return',
  },
  { table: 'notifications', column: 'address', key: { id: 'uuid' }, erased: 'with-mail' },
  { table: 'notifications', column: 'context', key: { id: 'uuid' }, erased: 'with-mail' },
  {
    table: 'deliveries',
    column: 'values',
    key: { notification_id: 'uuid', attempt: 'int' },
    erased: 'with-mail',
  },
  { table: 'call_backs', column: 'secret', key: { name: 'text' }, erased: 'never' },
  { table: 'call_backs', column: 'previous_secret', key: { name: 'text' }, erased: 'never' },
  { table: 'quarantine', column: 'body', key: { id: 'uuid' }, erased: 'with-message' },
];
