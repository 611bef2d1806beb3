import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';

/** Asks for the most that an action on many may do. @param about what happens above it, in a sentence. */
export function capField(value: number, about: string): Html {
  return html`<label for="cap">At most</label>
    <input
      class="narrow"
      id="cap"
      name="cap"
      type="number"
      min="1"
      value="${value}"
      required
      aria-describedby="about-cap"
    />
    <p class="soft small" id="about-cap">${about}</p>`;
}
