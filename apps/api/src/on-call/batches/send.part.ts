import { BATCH_ACTIONS, subjectOf, TEMPLATES } from '#libs/notifications/index.js';
import type { BatchAction } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { textField, timeField } from '../fields.part.js';
import { ACTION_NAMES } from './batch.names.js';

/** The two ways to make a batch: a file, or what the service knows itself. The file comes last, behind all that is said of it. */
export function sendForms(token: Html | undefined): Html {
  return html`<details class="panel">
      <summary>Send a list</summary>
      <form method="post" action="/ops/batches" enctype="multipart/form-data">
        ${token}
        <p>
          A CSV file with a line for each tax return, as a spreadsheet or a log search writes it. First every
          row is looked at, and you see what would be done. Nothing is sent before somebody starts it.
        </p>
        <div class="filter asks">
          ${asked('send', BATCH_ACTIONS)}
          ${field('send', 'column', 'Column of the ids', 'Its name or number; found by itself when empty.')}
        </div>
        ${why('send')}
        <label for="send-list">The file</label>
        <input
          id="send-list"
          name="list"
          type="file"
          required
          accept=".csv,.tsv,.txt,text/csv,text/plain,text/tab-separated-values"
        />
        <div><button>Send it to be looked at</button></div>
      </form>
    </details>
    <details class="panel">
      <summary>Let the service find whom it is about</summary>
      <form method="post" action="/ops/batches/found">
        ${token}
        <p>
          The returns that fit all you say, of those that the service knows. They become a list that is looked
          at like any other.
        </p>
        <h2>Whom it is about: at least one</h2>
        <div class="filter asks">
          ${field('found', 'failureCategory', 'Failure category')}
          ${field('found', 'failureDetail', 'Failure detail')}
          <p class="field">
            <label for="found-template">Template of a mail they were due</label>
            <select id="found-template" name="template">
              <option value="">any</option>
              ${TEMPLATES.map((name) => html`<option>${name}</option>`)}
            </select>
          </p>
          ${field('found', 'about', 'Recorded under the incident')}
          ${timeField('found', 'since', 'Since (UTC)')} ${timeField('found', 'until', 'Until (UTC)')}
        </div>
        <h2>What is sent to them</h2>
        <div class="filter asks">
          ${asked(
            'found',
            BATCH_ACTIONS.filter((action) => subjectOf(action) === 'taxReturnId'),
          )}
        </div>
        ${why('found')}
        <div><button>Find them</button></div>
      </form>
    </details>`;
}

/** What is said of a batch, wherever its list comes from. */
function asked(form: string, actions: readonly BatchAction[]): Html {
  return html`<p class="field">
      <label for="${form}-action">What they are told</label>
      <select id="${form}-action" name="action" required>
        ${actions.map((action) => html`<option value="${action}">${ACTION_NAMES[action]}</option>`)}
      </select>
    </p>
    ${field(form, 'state', 'State', 'Of a reminder of the state return: its postal code, such as MA.', 2)}
    ${field(form, 'incident', 'Incident', 'A label for people, without spaces. One reminder of an incident reaches nobody twice.')}`;
}

function field(form: string, name: string, label: string, about?: string, longest = 255): Html {
  return textField({ form, name, label, about, longest });
}

function why(form: string): Html {
  return html`<label for="${form}-reason">Why</label>
    <input
      id="${form}-reason"
      name="reason"
      required
      maxlength="500"
      aria-describedby="about-${form}-reason"
    />
    <p class="soft small" id="about-${form}-reason">Goes into the trail with your name. No addresses.</p>`;
}
