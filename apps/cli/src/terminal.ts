import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { surroundings } from './surroundings.js';

/** What every `.command` file exports. */
export interface CommandFile {
  /** Adds the command to the terminal. Must be cheap: it runs whichever command was called. */
  register: (receipt: Command) => void;
}

/** The command was not done; the message says why and what to do. */
export class NotDone extends Error {}

/** The command was called wrongly; the message says how to call it. */
export class WronglyCalled extends Error {}

/** What a script reads: one JSON document. JSON escapes what steers a terminal, but for these. */
export function printJson(value: unknown): void {
  const text = JSON.stringify(value, null, 2);
  surroundings().console.log(text.replace(/[\x7f-\x9f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`));
}

/** What a script or a spreadsheet reads, a part at a time and no faster than it is taken. Whoever takes no more, as `head`, has enough. */
export async function printParts(parts: AsyncGenerator<string>): Promise<void> {
  try {
    await pipeline(Readable.from(parts, { objectMode: false }), surroundings().stdout, { end: false });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EPIPE') throw error;
  } finally {
    // A part that is being read still has a connection.
    await parts.return(undefined);
  }
}

/** What a person reads. */
export function printLine(text: string): void {
  surroundings().console.log(printable(text));
}

/** What a person reads: columns under their titles. */
export function printTable(titles: string[], given: string[][]): void {
  const rows = given.map((row) => row.map((cell) => printable(cell).replaceAll('\n', ' ')));
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of [titles, ...rows])
    printLine(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

/** Goes to a person who watches, and not into what a script reads. */
export function note(sentence: string): void {
  surroundings().console.error(printable(sentence));
}

/** What steers a terminal or turns the direction of its words. Rows hold what others said, some as they said it. */
const STEERING = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** The same, line breaks and all, with a space for each character that a terminal would obey. */
export function printable(text: string): string {
  return text.replace(STEERING, ' ');
}

/** `1 mail`, `12 mails`. */
export function counted(count: number | string, one: string, many = `${one}s`): string {
  return `${count} ${String(count) === '1' ? one : many}`;
}

/** The word behind a number of what was done. */
export function was(count: number): string {
  return count === 1 ? 'was' : 'were';
}

/** Such as `2026-11-24 22:15`, always UTC; a dash for never. */
export function moment(instant: Date | null): string {
  return instant ? instant.toISOString().slice(0, 16).replace('T', ' ') : '-';
}
