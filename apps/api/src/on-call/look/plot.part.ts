import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import type { Standing, Stretch } from '#libs/notifications/index.js';
import { addressOf } from '../on-call.query.js';
import { counted } from '../words.js';

/** One of the counts that a bar is made of. */
export interface PlotPart {
  /** What colour it has. */
  tone: Standing;
  word: string;
}

/** A stretch of time. */
export interface PlotBar {
  /** When it begins, as the table says it. */
  label: string;
  /** In the order of the parts. */
  counts: readonly number[];
  /** Where what it counts is listed. */
  href: string;
  /** What else is said of it. */
  besides?: string;
}

interface Plot {
  /** For the ids on the page. */
  name: string;
  title: string;
  /** What the words mean here. */
  about: string;
  /** From the ground up: what is wrong stands on the line, where heights compare. */
  parts: readonly PlotPart[];
  bars: readonly PlotBar[];
  /** What stands at the right end. */
  end: string;
}

const WIDTH = 480;
const HEIGHT = 120;
const GAP = 2;

const STANDING_PARTS: readonly (PlotPart & { tone: Standing })[] = [
  { tone: 'failure', word: 'failure' },
  { tone: 'in-process', word: 'in process' },
  { tone: 'success', word: 'success' },
];

/** What began in each stretch, by where it stands now. */
export function standingBars(
  stretches: readonly Stretch[],
  listOf: (from: Date, until: Date) => string,
): Pick<Plot, 'parts' | 'bars' | 'end'> {
  const step = (stretches[1]?.from.getTime() ?? 0) - (stretches[0]?.from.getTime() ?? 0);
  const bars = stretches.map((stretch) => ({
    label: stretch.from.toISOString().slice(0, 16).replace('T', ' '),
    counts: STANDING_PARTS.map(({ tone }) => stretch[tone]),
    href: listOf(stretch.from, new Date(stretch.from.getTime() + step)),
  }));
  return { parts: STANDING_PARTS, bars, end: 'now' };
}

/** The mails that need somebody, of those that were asked for in a stretch of time. */
export function needyList(since: Date, until: Date): string {
  return `${addressOf('/ops', { since, until })}#mails`;
}

/**
 * Counts over time, drawn on the server: stacked bars, their sums in words, and the same numbers as a table. Each bar says its numbers
 * when it is pointed at or has the focus, and leads to its list; the Tab key stops once, and the arrow keys walk on.
 */
export function plot({ name, title, about, parts, bars, end }: Plot): Html {
  const most = Math.max(1, ...bars.map(totalOf));
  const step = WIDTH / Math.max(1, bars.length);
  const sums = parts.map((_, part) => bars.reduce((sum, { counts }) => sum + (counts[part] ?? 0), 0));
  return html`<figure class="panel plot" aria-labelledby="${name}">
    <figcaption>
      <h2 id="${name}">${title}</h2>
      <p class="soft small">${about}</p>
    </figcaption>
    <ul class="legend">
      ${parts.map(
        ({ tone, word }, part) =>
          html`<li>
            <svg viewBox="0 0 10 10" aria-hidden="true"><rect class="${tone}" width="10" height="10" /></svg>
            <strong>${sums[part]?.toLocaleString('en')}</strong> ${word}
          </li>`,
      )}
    </ul>
    <div class="drawn">
      <svg class="bars" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
        ${bars.map((one, place) => drawn(one, parts, { x: place * step, width: step - GAP, most }))}
      </svg>
      <ol class="stops" aria-label="${title}, by time">
        ${bars.map(
          (one, place) =>
            html`<li>
              <a href="${one.href}" ${place < bars.length - 1 && html` tabindex="-1"`}
                ><span>${said(one, parts)}</span></a
              >
            </li>`,
        )}
      </ol>
    </div>
    <p class="ends small soft">
      <span>${bars[0]?.label}</span><span>the highest: ${most.toLocaleString('en')}</span><span>${end}</span>
    </p>
    <details>
      <summary>The same as a table</summary>
      ${table(title, parts, bars)}
    </details>
  </figure>`;
}

function drawn(
  { counts }: PlotBar,
  parts: readonly PlotPart[],
  { x, width, most }: { x: number; width: number; most: number },
): Html[] {
  let top = HEIGHT;
  return parts.flatMap(({ tone }, part) => {
    const count = counts[part] ?? 0;
    if (count === 0) return [];
    // One among a million is still to be seen.
    const height = Math.max(2, (count / most) * HEIGHT);
    top -= height;
    return html`<rect
      class="${tone}"
      x="${x.toFixed(1)}"
      y="${Math.max(0, top).toFixed(1)}"
      width="${width.toFixed(1)}"
      height="${height.toFixed(1)}"
    />`;
  });
}

function said({ label, counts, besides }: PlotBar, parts: readonly PlotPart[]): string {
  const numbers = parts.map(({ word }, part) => counted(counts[part] ?? 0, word, word));
  return [`${label}: ${numbers.join(', ')}`, ...(besides ? [besides] : [])].join('. ');
}

function table(title: string, parts: readonly PlotPart[], bars: readonly PlotBar[]): Html {
  const rows = bars
    .filter((one) => totalOf(one) > 0)
    .map(
      ({ label, counts, href }) =>
        html`<tr>
          <th scope="row"><a href="${href}">${label}</a></th>
          ${counts.map((count) => html`<td>${count}</td>`)}
        </tr>`,
    );
  return html`<div class="table" tabindex="0" role="region" aria-label="${title}, as a table">
    <table>
      <thead>
        <tr>
          <th scope="col">From (UTC)</th>
          ${parts.map(({ word }) => html`<th scope="col">${word}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function totalOf({ counts }: PlotBar): number {
  return counts.reduce((total, count) => total + count, 0);
}
