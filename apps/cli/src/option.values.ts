import { WronglyCalled } from './terminal.js';

export function isEmpty(filter: object): boolean {
  return Object.values(filter).every((member) => member === undefined);
}

export function oneOf<Word extends string>(
  option: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  const word = words.find((candidate) => candidate === text);
  if (text !== undefined && word === undefined)
    throw new WronglyCalled(`${option} takes ${words.join(', ')}`);
  return word;
}

export function uuid(what: string, text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new WronglyCalled(`${what} is a UUID; ${text.length} characters were given that are none`);
}

export function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new WronglyCalled(`${option} takes a whole number of at least 1`);
}

/** An instant, in UTC where it names no zone, as all that is printed; or how long ago. */
export async function instant(option: string, text: string | undefined): Promise<Date | undefined> {
  if (text === undefined) return undefined;
  const { milliseconds, readInstant } = await import('#libs/platform/index.js');
  const ago = milliseconds(text);
  const read = ago === undefined ? readInstant(text) : new Date(Date.now() - ago);
  if (read) return read;
  throw new WronglyCalled(`${option} takes a time such as 2026-02-04T03:00Z, or 2h for two hours ago`);
}
