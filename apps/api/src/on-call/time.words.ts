import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** How long ago, as somebody would say it: the two largest units, `3 d 4 h`, `12 min 5 s`. */
export function ageInWords(then: Date, now: Date): string {
  let rest = Math.max(0, now.getTime() - then.getTime());
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { count, unit };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first < 0) return 'just now';
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ count, unit }) => `${count} ${unit}`)
    .join(' ');
}

/** An instant to the second, in UTC, which it says: several people in several places read it. */
export function instant(at: Date): Html {
  const iso = at.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}
