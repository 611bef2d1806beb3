import { NEEDS, TEMPLATES } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { textField, timeField } from '../fields.part.js';
import { fieldOf } from '../on-call.query.js';
import type { OnCallQuery } from '../on-call.query.js';
import { NEED_WORDS } from '../words.js';

/** Which mails the list shows. The choices lie in the address of the page. */
export function filterForm(query: OnCallQuery, reasons: readonly string[]): Html {
  const { last, ...filter } = query;
  const { need, template, reason, since, until, taxReturn, batch, incident } = filter;
  const isSet = Object.values(filter).some((value) => value !== undefined);
  const form = html`<form class="filter" method="get" action="/ops#mails">
    <input type="hidden" name="last" value="${last}" />
    ${choice(
      'need',
      'What it needs',
      need,
      NEEDS.map((one) => [one, NEED_WORDS[one].word] as const),
    )}
    ${choice(
      'template',
      'Template',
      template,
      TEMPLATES.map((one) => [one, one] as const),
    )}
    ${choice(
      'reason',
      'Reason',
      reason,
      [...new Set([...reasons, ...(reason ? [reason] : [])])].map((one) => [one, one] as const),
    )}
    ${timeField('f', 'since', 'Since (UTC)', minuteOf(since))}
    ${timeField('f', 'until', 'Until (UTC)', minuteOf(until))}
    ${textField({ form: 'f', name: 'taxReturn', label: 'Tax return', value: taxReturn })}
    ${textField({ form: 'f', name: 'batch', label: 'Batch', value: batch })}
    ${textField({ form: 'f', name: 'incident', label: 'Incident', value: incident })}
    <p class="field end row"><button>Show</button> <a href="/ops#mails">All</a></p>
  </form>`;
  return html`<details ${isSet ? html` open` : ''}>
    <summary>Filter</summary>
    ${form}
  </details>`;
}

function choice(
  name: string,
  label: string,
  chosen: string | undefined,
  options: readonly (readonly [string, string])[],
): Html {
  return html`<p class="field">
    <label for="f-${name}">${label}</label>
    <select id="f-${name}" name="${name}">
      <option value="">any</option>
      ${options.map(
        ([value, word]) =>
          html`<option value="${value}" ${value === chosen ? html` selected` : ''}>${word}</option>`,
      )}
    </select>
  </p>`;
}

function minuteOf(time: Date | undefined): string | undefined {
  return time && fieldOf(time).slice(0, 16);
}
