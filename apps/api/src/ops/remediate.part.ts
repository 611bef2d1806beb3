import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import { counted } from './words.js';

/** Keeps what somebody did for a submission outside of the usual paths. */
export function remediationForm(submission: string, id: string, token: Html | undefined): Html {
  return html`<form class="panel" method="post" action="/ops/submissions/${submission}/remediations">
    ${token}
    <input type="hidden" name="id" value="${id}" />
    <h2>I did something about it</h2>
    <label for="context">What was done, in your own words. It stays, with the time. No addresses.</label>
    <textarea id="context" name="context" rows="2" required maxlength="4000"></textarea>
    <label for="evidence">Where it can be looked up, such as a ticket</label>
    <input id="evidence" name="evidence" maxlength="500" />
    <fieldset>
      <legend>Is the submission where it belongs by that?</legend>
      <label
        ><input type="radio" name="outcome" value="success" required /> Yes: it reached the authority</label
      >
      <label><input type="radio" name="outcome" value="duplicate" /> It need not: it is a duplicate</label>
      <label><input type="radio" name="outcome" value="failure" /> No: it was tried in vain</label>
    </fieldset>
    <div><button>Keep it</button></div>
  </form>`;
}

/** Takes back that a remediation was a success. */
export function unsuccessfulForm(id: string, token: Html | undefined): Html {
  return html`<details>
    <summary>It did not help after all</summary>
    <form method="post" action="/ops/remediations/${id}/unsuccessful">
      ${token}
      <label for="undo-${id}">What happened</label>
      <input id="undo-${id}" name="context" required maxlength="4000" />
      <div><button>Mark as unsuccessful</button></div>
    </form>
  </details>`;
}

/** Marks what failed of the same person as duplicates of the submission, in one action. */
export function duplicatesForm(submission: string, failed: number, token: Html | undefined): Html {
  return html`<form method="post" action="/ops/submissions/${submission}/duplicates">
    ${token}
    <p>This one arrived, so ${counted(failed, 'other')} that did not may stand aside for it.</p>
    <label for="duplicates-context">What shows that they are the same</label>
    <input id="duplicates-context" name="context" required maxlength="4000" />
    <div><button>Mark ${counted(failed, 'duplicate')}</button></div>
  </form>`;
}
