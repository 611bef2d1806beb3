/** Milliseconds of which the rate is an average: it follows what changes, and does not jump. */
const WINDOW = 30_000;

/** How fast rows become fewer, and how long the rest takes at that. */
export class Pace {
  private looks: { at: number; left: number }[] = [];

  /** @param at when so many were left, in milliseconds. */
  look(at: number, left: number): void {
    const before = this.looks.at(-1);
    // More rows than before: somebody begins anew.
    if (before && left > before.left) this.looks = [];
    this.looks.push({ at, left });
    while ((this.looks[1]?.at ?? Infinity) <= at - WINDOW) this.looks.shift();
  }

  /** Rows a second; undefined until two looks are apart. */
  get rate(): number | undefined {
    const [first, last] = [this.looks[0], this.looks.at(-1)];
    if (!first || !last || last.at === first.at) return undefined;
    return ((first.left - last.left) * 1_000) / (last.at - first.at);
  }

  /** Seconds; undefined while nobody can know. */
  get remaining(): number | undefined {
    const { rate } = this;
    const left = this.looks.at(-1)?.left;
    return rate === undefined || rate <= 0 || left === undefined ? undefined : left / rate;
  }
}

/** A time as people say it: `40 s`, `12 min`, `3 h 20 min`. */
export function spanWords(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Milliseconds without any change after which it is said that nobody seems to work on it. */
const STILL_SAID = 10_000;
/** And after which nobody waits for its report any more. */
const STILL_ENOUGH = 60_000;

/** Whether anything goes on: a batch that no worker has in hand does not change at all. */
export class Stillness {
  private last: string | undefined;
  private since = 0;

  /** @returns whether it has stood still for a while, or for so long that waiting is of no use. */
  look(at: number, seen: unknown): 'moving' | 'still' | 'for-long' {
    const now = JSON.stringify(seen);
    if (now !== this.last) [this.last, this.since] = [now, at];
    const still = at - this.since;
    if (still >= STILL_ENOUGH) return 'for-long';
    return still >= STILL_SAID ? 'still' : 'moving';
  }
}
