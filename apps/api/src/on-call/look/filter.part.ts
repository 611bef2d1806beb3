import { NEEDS, TEMPLATES } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
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
    ${time('since', 'Since (UTC)', since)} ${time('until', 'Until (UTC)', until)}
    ${text('taxReturn', 'Tax return', taxReturn)} ${text('batch', 'Batch', batch)}
    ${text('incident', 'Incident', incident)}
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

function text(name: string, label: string, value: string | undefined): Html {
  return html`<p class="field">
    <label for="f-${name}">${label}</label>
    <input id="f-${name}" name="${name}" value="${value}" spellcheck="false" autocomplete="off" />
  </p>`;
}

function time(name: string, label: string, value: Date | undefined): Html {
  return html`<p class="field">
    <label for="f-${name}">${label}</label>
    <input
      id="f-${name}"
      name="${name}"
      type="datetime-local"
      value="${value && fieldOf(value).slice(0, 16)}"
    />
  </p>`;
}
