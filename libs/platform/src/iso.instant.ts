import { z } from 'zod';

/** A day, perhaps a time, perhaps a zone, as several writers spell it: with a space for the T, `+0000` for `+00:00`. */
const WRITTEN =
  /^(?<day>\d{4}-\d{2}-\d{2})(?:[T ](?<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

const isoInstant = z.iso.datetime({ offset: true });

/**
 * An instant in ISO 8601. What names no zone is UTC, and a day alone its beginning: on every machine, whatever its own zone is.
 * Undefined for what is none, and for a day that no month has.
 */
export function readInstant(text: string): Date | undefined {
  const { day, time = '00:00', zone = 'Z' } = WRITTEN.exec(text)?.groups ?? {};
  if (day === undefined) return undefined;
  const [, hours = '', minutes = '00'] = /^([+-]\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  const written = isoInstant.safeParse(
    `${day}T${time.length > 5 ? time : `${time}:00`}${hours ? `${hours}:${minutes}` : 'Z'}`,
  );
  return written.success ? new Date(written.data) : undefined;
}
