import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';

/**
 * The way to say that a person told the taxpayer by a letter, a call or the like.
 * @param source names the decision, so that sent twice it counts once.
 * @param back where it leads: the mail's page when absent.
 */
export function toldForm(id: string, source: string, token: Html | undefined, back?: 'list'): Html {
  return html`<details>
    <summary>Told by other means</summary>
    <form method="post" action="/ops/notifications/${id}/resolution">
      ${token}
      <input type="hidden" name="source" value="${source}" />
      <input type="hidden" name="resolution" value="told-by-other-means" />
      ${back && html`<input type="hidden" name="back" value="${back}" />`}
      <p>The taxpayer counts as told from now on, and the mail is not sent any more.</p>
      <label for="context-${id}">By which means, such as a letter or a call. No addresses.</label>
      <input id="context-${id}" name="context" required maxlength="500" />
      <label for="shown-by-${id}">What shows it, such as a ticket or the number of the letter</label>
      <input id="shown-by-${id}" name="evidence" required maxlength="500" />
      <div><button>Keep that they were told</button></div>
    </form>
  </details>`;
}
