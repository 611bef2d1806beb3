import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import type { Stretch } from '#libs/notifications/index.js';

interface Plot {
  /** For the ids on the page. */
  name: string;
  title: string;
  /** What the three words mean here. */
  about: string;
  stretches: readonly Stretch[];
}

/** From the ground up: failures stand on the line, where heights compare. */
const PARTS = [
  { key: 'failure', word: 'failure' },
  { key: 'in-process', word: 'in process' },
  { key: 'success', word: 'success' },
] as const;

const WIDTH = 480;
const HEIGHT = 120;
const GAP = 2;

/** Counts over time, drawn on the server: stacked bars, their sums in words, and the same numbers as a table. */
export function plot({ name, title, about, stretches }: Plot): Html {
  const most = Math.max(1, ...stretches.map(totalOf));
  const step = WIDTH / Math.max(1, stretches.length);
  const bars = stretches.map((stretch, place) => bar(stretch, { x: place * step, width: step - GAP, most }));
  return html`<figure class="panel plot" aria-labelledby="${name}">
    <figcaption>
      <h2 id="${name}">${title}</h2>
      <p class="soft small">${about}</p>
    </figcaption>
    <ul class="legend">
      ${PARTS.map(
        ({ key, word }) =>
          html`<li>
            <svg viewBox="0 0 10 10" aria-hidden="true"><rect class="${key}" width="10" height="10" /></svg>
            <strong>${sum(stretches, key)}</strong> ${word}
          </li>`,
      )}
    </ul>
    <svg class="bars" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
      ${bars}
    </svg>
    <p class="ends small soft">
      <span>${stretches[0] && label(stretches[0].from)}</span><span>the highest: ${most}</span
      ><span>now</span>
    </p>
    <details>
      <summary>The same as a table</summary>
      ${table(title, stretches)}
    </details>
  </figure>`;
}

function bar(stretch: Stretch, { x, width, most }: { x: number; width: number; most: number }): Html[] {
  let top = HEIGHT;
  return PARTS.filter(({ key }) => stretch[key] > 0).map(({ key }) => {
    // One among a million is still to be seen.
    const height = Math.max(2, (stretch[key] / most) * HEIGHT);
    top -= height;
    return html`<rect
      class="${key}"
      x="${x.toFixed(1)}"
      y="${Math.max(0, top).toFixed(1)}"
      width="${width.toFixed(1)}"
      height="${height.toFixed(1)}"
    />`;
  });
}

function table(title: string, stretches: readonly Stretch[]): Html {
  const rows = stretches
    .filter((stretch) => totalOf(stretch) > 0)
    .map(
      (stretch) =>
        html`<tr>
          <th scope="row">${label(stretch.from)}</th>
          ${PARTS.map(({ key }) => html`<td>${stretch[key]}</td>`)}
        </tr>`,
    );
  return html`<div class="table" tabindex="0" role="region" aria-label="${title}, as a table">
    <table>
      <thead>
        <tr>
          <th scope="col">From (UTC)</th>
          ${PARTS.map(({ word }) => html`<th scope="col">${word}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function label(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}

function totalOf(stretch: Stretch): number {
  return PARTS.reduce((total, { key }) => total + stretch[key], 0);
}

function sum(stretches: readonly Stretch[], key: 'success' | 'in-process' | 'failure'): number {
  return stretches.reduce((total, stretch) => total + stretch[key], 0);
}
