import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';

interface TextField {
  /** Tells the fields of several forms on one page apart. */
  form: string;
  name: string;
  label: string;
  value?: string;
  /** What is to be written there. */
  about?: string;
  longest?: number;
}

/** A field for a word or an id: nobody's spelling is corrected in it. */
export function textField({ form, name, label, value, about, longest }: TextField): Html {
  const id = `${form}-${name}`;
  return html`<p class="field">
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      name="${name}"
      spellcheck="false"
      autocomplete="off"
      ${value !== undefined && html` value="${value}"`}
      ${longest !== undefined && html` maxlength="${longest}"`}
      ${about !== undefined && html` aria-describedby="about-${id}"`}
    />
    ${about !== undefined && html`<span class="soft small" id="about-${id}">${about}</span>`}
  </p>`;
}

/** A field for a time in UTC, as a browser lets one choose it. */
export function timeField(form: string, name: string, label: string, value?: string): Html {
  const id = `${form}-${name}`;
  return html`<p class="field">
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      name="${name}"
      type="datetime-local"
      ${value !== undefined && html` value="${value}"`}
    />
  </p>`;
}
