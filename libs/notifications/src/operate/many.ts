/** As many as are looked at, and done, while somebody waits for it. More that a filter finds are a batch. */
export const MOST_AT_ONCE = 1_000;
