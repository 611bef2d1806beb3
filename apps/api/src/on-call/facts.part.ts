import { html } from '../pages/html.js';
import type { Hole, Html } from '../pages/html.js';

/** What is known of something, name by name. What is absent is left out. */
export function factList(facts: Record<string, Hole>): Html {
  const known = Object.entries(facts).filter(
    ([, value]) => value !== null && value !== undefined && value !== false,
  );
  return html`<dl class="mail-head">
    ${known.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}
