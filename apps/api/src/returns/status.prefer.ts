/** A preference `wait`, with its value as it is or in quotation marks. A list is separated by commas, parameters by semicolons. */
const WAIT = /^\s*wait\s*=\s*"?\s*(\d{1,9})\s*"?\s*(?:;|$)/i;

/** Seconds that a caller prefers to wait, by RFC 7240: the first one counts. Undefined when it says nothing of it that can be read. */
export function waitAskedFor(prefer: string | string[] | undefined): number | undefined {
  const preferences = (Array.isArray(prefer) ? prefer.join(',') : (prefer ?? '')).split(',');
  const [, seconds] = preferences.map((one) => WAIT.exec(one)).find((found) => found !== null) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}
