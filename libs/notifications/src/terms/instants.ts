import { z } from 'zod';
import { readInstant } from '#libs/platform/index.js';

/*
 * Every time that comes from outside is read here, and alike on every machine. Our own messages and HTTP write ISO 8601 with an offset;
 * Direct File's Java writes what its mappers do. Of what is kept, none is far from now: a clock that was never set, or a number in
 * another unit, would be kept as 1970.
 */

const DAY = 86_400_000;
/** How long ago something may have happened that we are told of now. */
const PAST = 3_653 * DAY;
/** How far a clock may be ahead of ours. */
const AHEAD = DAY;
/** Until when something may be asked for. */
const FUTURE = 3_653 * DAY;

const FAR = 'is too far from now';

const written = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** An instant that asks and is not kept: ISO 8601 with an offset, of a year that people and databases agree on. */
export const instant = written.refine(
  (date) => date.getUTCFullYear() >= 1900 && date.getUTCFullYear() < 10_000,
  'is not of our time',
);

/** When something happened: the same, in the last ten years, and no more than a day ahead of our clock. */
export const happenedAt = written.refine(hasHappened, `${FAR}: it may lie ten years back and a day ahead`);

/** Until when something is wanted: the same, within ten years. */
export const wantedUntil = written.refine(
  (date) => isWithin(date, FUTURE),
  `${FAR}: it may lie ten years back or ahead`,
);

/**
 * When something happened, as Java writes it: epoch milliseconds, as a number or as text; epoch seconds, as another mapper has
 * them; or ISO 8601, of UTC where it names no zone, for so its readers take it. Seconds and milliseconds are told apart by what they come to:
 * never do both come to something of our time. Empty text is none.
 */
export const javaDate = z
  .union([
    // As much of the bounds as stays true, for readers of the JSON Schema.
    z.number().meta({ minimum: 1e9, maximum: 1e14 }),
    z.string().meta({ anyOf: [{ format: 'date-time' }, { pattern: '^(\\d{10}|\\d{13})?$' }] }),
  ])
  .nullish()
  .transform((value, context) => {
    if (value === null || value === undefined || value === '') return undefined;
    const date = /^-?\d+(\.\d+)?$/.test(String(value)) ? ofEpoch(Number(value)) : readInstant(String(value));
    if (date && hasHappened(date)) return date;
    context.addIssue(date ? `${FAR}: it may lie ten years back and a day ahead` : 'is not a date');
    return z.NEVER;
  });

function ofEpoch(count: number): Date | undefined {
  const [milliseconds, seconds] = [new Date(count), new Date(count * 1000)];
  const date = hasHappened(seconds) ? seconds : milliseconds;
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** In the last ten years, and no more than a day ahead of our clock. */
export function hasHappened(date: Date): boolean {
  return isWithin(date, AHEAD);
}

function isWithin(date: Date, ahead: number): boolean {
  const away = date.getTime() - Date.now();
  return away >= -PAST && away <= ahead;
}
