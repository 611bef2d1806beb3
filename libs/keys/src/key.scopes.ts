/** What a key may do. Each route of the HTTP interface needs one of them, and a key has any number. */
export const SCOPES = ['enqueue', 'read', 'status', 'receipts', 'operate', 'preview', 'mails'] as const;

export type Scope = (typeof SCOPES)[number];

export function isScope(word: string): word is Scope {
  return SCOPES.some((scope) => scope === word);
}
