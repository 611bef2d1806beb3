/**
 * The mails of the batch that is the first parameter, as their own index has them: by the id as text. Another index begins with the
 * id itself; whoever goes by that one reads all mails of a batch, and there may be a million.
 */
export function mailsOf(table: string): string {
  const id = `coalesce(${table}.batch_id::text, '')`;
  return `${id} = $1::uuid::text AND ${id} <> ''`;
}
