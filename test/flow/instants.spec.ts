import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { instant as option } from '#apps/cli/src/option.values.js';
import { dateOf } from '../../libs/notifications/src/receipts/report.fields.js';
import { happenedAt, instant, javaDate, wantedUntil } from '../../libs/notifications/src/terms/instants.js';

const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const DAY = 86_400_000;
const fromNow = (days: number) => new Date(Date.now() + days * DAY);
const read = (value: unknown) => javaDate.safeParse(value).data?.toISOString();
const NOON = '2025-02-04T12:00:00.000Z';

describe.each(['UTC', 'Asia/Tokyo', 'America/Los_Angeles'])('where the clock is that of %s', (here) => {
  it.each([
    ['epoch milliseconds', 1738670400000],
    ['epoch seconds', 1738670400],
    ['epoch seconds with decimals', 1738670400.0],
    ['epoch milliseconds as text', '1738670400000'],
    ['epoch seconds as text', '1738670400.000'],
    ['ISO with Z', '2025-02-04T12:00:00Z'],
    ['ISO with another offset', '2025-02-04T21:00:00.000+09:00'],
    ['an offset without a colon', '2025-02-04T12:00:00.000+0000'],
    ['an offset of hours', '2025-02-04T04:00-08'],
    ['no zone', '2025-02-04T12:00:00'],
    ['a space for the T', '2025-02-04 12:00:00.000'],
  ])('%s means the same instant', (_how, value) => {
    process.env.TZ = here;
    expect(new Date(NOON).getHours()).toBe({ UTC: 12, 'Asia/Tokyo': 21 }[here] ?? 4);
    expect(read(value)).toBe(NOON);
  });

  it('a day is its beginning in UTC, at the terminal too, and so is the date of a report without a zone', async () => {
    process.env.TZ = here;
    expect(read('2025-02-04')).toBe('2025-02-04T00:00:00.000Z');
    expect((await option('--since', '2025-02-04T12:00'))?.toISOString()).toBe(NOON);
    expect((await option('--since', '2025-02-04'))?.toISOString()).toBe('2025-02-04T00:00:00.000Z');
    for (const text of [
      'Tue, 4 Feb 2025 12:00:00',
      'Tue Feb  4 12:00:00 2025',
      'Tue, 4 Feb 2025 13:00:00 +0100 (CET)',
    ])
      expect(dateOf(text)?.toISOString()).toBe(NOON);
    expect(dateOf('', 'x', '4 Feb 2025', undefined)).toBeUndefined();
  });
});

it.each([
  ['zero', 0, 'is too far'],
  ['seven', 7, 'is too far'],
  ['a day in digits', '20250204', 'is too far'],
  ['a negative number', -1738670400000, 'is too far'],
  ['microseconds', 1738670400000000, 'is too far'],
  ['more than a date holds', 8.64e18, 'is not a date'],
  ['1970', '1970-01-01T00:00:00Z', 'is too far'],
  ['2099', '2099-01-01T00:00:00Z', 'is too far'],
  ['eleven years ago', fromNow(-11 * 366).toISOString(), 'is too far'],
  ['the day after tomorrow', fromNow(2).toISOString(), 'is too far'],
  ['a day that no month has', '2025-02-30T00:00:00Z', 'is not a date'],
  ['words', 'Feb 4, 2025', 'is not a date'],
  ['an hour that no day has', '2025-02-04T25:00:00Z', 'is not a date'],
])('%s is no time at which something happened', (_what, value, why) => {
  expect(javaDate.safeParse(value).error?.issues.map(({ message }) => message)).toEqual([
    expect.stringContaining(why),
  ]);
});

it('what happened lies ten years back and a day ahead, what is wanted ten years either way, what is asked for anywhere', () => {
  const taken = (days: number) =>
    [happenedAt, wantedUntil, instant].map((kind) => kind.safeParse(fromNow(days).toISOString()).success);
  expect(taken(-3_652)).toEqual([true, true, true]);
  expect(taken(-3_660)).toEqual([false, false, true]);
  expect(taken(0.9)).toEqual([true, true, true]);
  expect(taken(2)).toEqual([false, true, true]);
  expect(taken(3_660)).toEqual([false, false, true]);
  for (const kind of [happenedAt, wantedUntil, instant])
    expect(kind.safeParse('2025-02-04T12:00:00').error?.issues).toHaveLength(1);
});

it('whatever number comes, it is refused or of our time, and seconds come to what milliseconds do', () => {
  const number = fc.oneof(fc.double(), fc.integer(), fc.double({ min: 1e8, max: 1e14 }));
  fc.assert(
    fc.property(number, (value) => {
      const date = javaDate.safeParse(value).data;
      if (date === undefined) return;
      expect(date.getTime()).toBeGreaterThan(fromNow(-3_654).getTime());
      expect(date.getTime()).toBeLessThan(fromNow(1.1).getTime());
      expect(read(date.getTime())).toBe(date.toISOString());
      expect(read(String(date.getTime() / 1000))).toBe(date.toISOString());
    }),
  );
});
