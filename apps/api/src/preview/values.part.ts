import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import { kept } from './choices.part.js';
import type { ShownMail } from './shown.mails.js';
import { addressOf, pathOf } from './preview.query.js';
import type { View } from './preview.query.js';

/** As much of a JSON Schema as a person needs to fill it in. */
interface Member {
  type?: string;
  format?: string;
  description?: string;
  enum?: unknown[];
}

/** The values that fill the mail, to edit, with the schema's errors beside them. They travel in the address. */
export function valuesPanel(shown: ShownMail, view: View): Html {
  const { template, sample, values, edited, problems } = shown;
  const path = pathOf(template.name, sample);
  const lines = Math.min(Math.max(values.split('\n').length + 1, 8), 24);
  return html`<section class="panel" aria-labelledby="values">
    <div class="row">
      <h2 id="values">Values</h2>
      ${edited && html`<a class="small" href="${addressOf(path, { ...view, values: undefined })}">Back to the sample</a>`}
    </div>
    <form action="${path}">
      ${kept(view, 'values')}
      <label for="values-json">JSON</label>
      <textarea id="values-json" name="values" rows="${lines}" maxlength="6000" spellcheck="false" autocomplete="off" aria-describedby="values-problems">
${values}</textarea>
      <div id="values-problems">${problemList(problems)}</div>
      <div><button>Show with these values</button></div>
    </form>
    <details${problems.length > 0 && html` open`}>
      <summary>What the mail takes</summary>
      ${memberTable(template.schema)}
    </details>
  </section>`;
}

function problemList(problems: readonly string[]): Html {
  if (problems.length === 0) return html`<p class="soft small">The values fit the schema.</p>`;
  const items = problems.map(
    (problem) => html`<li><span class="badge bad">wrong</span><span>${problem}</span></li>`,
  );
  return html`<ul class="findings">
    ${items}
  </ul>`;
}

function memberTable(schema: { properties?: Record<string, Member>; required?: string[] }): Html {
  const rows = Object.entries(schema.properties ?? {}).map(
    ([name, member]) =>
      html`<tr>
        <th scope="row"><code>${name}</code></th>
        <td>${kindOf(member)}${schema.required?.includes(name) ? '' : ', optional'}</td>
        <td>${member.description}</td>
      </tr>`,
  );
  return html`<div class="table" tabindex="0" role="group" aria-label="Members">
    <table>
      <thead>
        <tr>
          <th scope="col">Member</th>
          <th scope="col">Kind</th>
          <th scope="col">What it is</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function kindOf({ type, format, enum: words }: Member): string {
  return words ? `one of ${words.join(', ')}` : (format ?? type ?? 'anything');
}
