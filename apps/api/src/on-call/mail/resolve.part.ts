import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';

/** Ends what is unknown: it arrived, or it is to be sent again. Only a person can tell, so the page asks what shows it. */
export function resolvePanel(id: string, source: string, token: Html | undefined): Html {
  return html`<form class="panel" method="post" action="/ops/notifications/${id}/resolution">
    ${token}
    <input type="hidden" name="source" value="${source}" />
    <h2>Did it arrive?</h2>
    <p>
      Look for <code>${id}</code> in the log of the relay: its Message-ID begins with it. Sent again, it comes
      under the same Message-ID, and perhaps twice.
    </p>
    <fieldset>
      <legend>What became of it</legend>
      <label><input type="radio" name="resolution" value="arrived" required /> It arrived</label>
      <label><input type="radio" name="resolution" value="send-again" required /> Send it again</label>
    </fieldset>
    <label for="evidence"
      >What shows it, such as a line of the log. Needed for “it arrived”. No addresses.</label
    >
    <textarea id="evidence" name="evidence" rows="2" maxlength="500"></textarea>
    <label for="resolve-reason">Why</label>
    <input id="resolve-reason" name="reason" required maxlength="500" />
    <div><button>Decide</button></div>
  </form>`;
}
