/** What is said of one, and what is said of none or of several. */
export interface Wording {
  one: string;
  many: string;
}

/** The words behind a number. */
export function wordsFor(count: number, { one, many }: Wording): string {
  return count === 1 ? one : many;
}

/** `1 mail`, `12 mails`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${wordsFor(count, { one, many })}`;
}
