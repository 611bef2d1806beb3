/**
 * Milliseconds at which one class of waits ends and the next begins. Days are kept by them and added up: whoever changes one changes what
 * the days that are kept already say.
 */
export const WAIT_BOUNDS = [
  50, 100, 150, 200, 300, 400, 500, 750, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 7_500, 10_000, 15_000,
  20_000, 30_000, 45_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000,
  14_400_000, 28_800_000, 86_400_000,
] as const;

/** How many waited for how long: one count for each class, and a last one for what waited longer than the last bound. */
export type Waits = readonly number[];

/** The waits of several days as those of one. */
export function addedUp(days: readonly Waits[]): number[] {
  return Array.from({ length: WAIT_BOUNDS.length + 1 }, (_, place) =>
    days.reduce((sum, waits) => sum + (waits[place] ?? 0), 0),
  );
}

/**
 * Milliseconds that the given share of mails waited at most: the end of the class that the last of them is in.
 * @returns null where nothing waited; Infinity beyond the last bound.
 */
export function atMost(waits: Waits, share: number): number | null {
  const total = waits.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let seen = 0;
  const place = waits.findIndex((count) => (seen += count) >= share * total);
  return WAIT_BOUNDS[place] ?? Infinity;
}
