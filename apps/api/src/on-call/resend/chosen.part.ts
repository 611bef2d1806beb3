import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { fieldOf } from '../on-call.query.js';
import type { ResendQuery } from '../on-call.query.js';

/** The mails that were chosen, or the filter, as fields of a form. */
export function chosen({ id, override, ...filter }: ResendQuery): Html[] {
  const several = [
    ...id.map((one) => ['id', one] as const),
    ...override.map((one) => ['override', one] as const),
  ];
  const single = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, fieldOf(value)] as const],
  );
  return [...several, ...single].map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
}

/** Lets somebody send what is left out for this. */
export function overruling(why: string, isOn: boolean): Html {
  return html`<label
    ><input type="checkbox" name="override" value="${why}" ${isOn ? html` checked` : ''} /> Send them all the
    same: overrule <code>${why}</code></label
  >`;
}

/** Why somebody sends again: it goes into the trail. */
export const whyField = html`<label for="why">Why</label>
  <input id="why" name="why" required maxlength="500" aria-describedby="about-why" />
  <p class="soft small" id="about-why">Goes into the trail with your name. No addresses.</p>`;
