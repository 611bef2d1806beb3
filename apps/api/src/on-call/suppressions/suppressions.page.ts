import type { Noted, Suppressions } from '#libs/notifications/index.js';
import type { Page as ListPage } from '../../contract/page.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { instant } from '../time.words.js';
import { short } from '../words.js';

export type Suppression = Awaited<ReturnType<Suppressions['page']>>[number];

/** What the reasons mean. */
const WORDS: Record<string, string> = {
  complaint: 'The taxpayer complained of a mail.',
  'hard-bounce': 'A mail came back for good.',
  'soft-bounces': 'Mails came back again and again.',
};

/** Addresses that nothing is sent to, by the mail that brought it about: the addresses themselves are shown nowhere. */
export function suppressionsPage(
  { items, next }: ListPage<Noted<Suppression>>,
  token: Html | undefined,
): Page {
  return {
    title: 'Suppressed',
    section: '/ops/suppressions',
    main: html`<div class="head">
        <div>
          <h1>Addresses that nothing is sent to</h1>
          <p class="soft">Newest first. A mail that is due to one is withheld.</p>
        </div>
        <a href="/v1/suppressions.csv" download>As CSV</a>
      </div>
      <section class="panel" aria-label="Suppressions">
        ${
          items.length === 0
            ? html`<p class="soft">None.</p>`
            : html`<ul class="needs">
                ${items.map((one) => item(one, token))}
              </ul>`
        }
        ${next !== null && html`<p><a rel="next" href="${next}">Next</a></p>`}
      </section>`,
  };
}

function item(suppression: Noted<Suppression>, token: Html | undefined): Html {
  return html`<li>
    <p>${reasonIn(suppression)}</p>
    ${whenAndWhose(suppression)}
    ${suppression.noted.map(({ at, actor, text }) => html`<p><span class="soft small">${instant(at)} · ${actor}</span> ${text}</p>`)}
    <p class="small">
      <a href="/ops/suppressions/${suppression.id}">Leave a note, or see what people did</a>
    </p>
    ${liftForm(suppression, token)}
  </li>`;
}

/** Why nothing is sent to the address, in a sentence. */
export function reasonIn({ reason }: Suppression): string {
  return WORDS[reason] ?? reason;
}

/** How long it holds, and the mail that brought it about. */
export function whenAndWhose({ notificationId, taxReturnId, createdAt, expiresAt }: Suppression): Html {
  return html`<p class="soft small">
    Since ${instant(createdAt)}, until ${instant(expiresAt)}, by the mail
    <a href="/ops/notifications/${notificationId}"><code>${short(notificationId)}</code></a> of
    <a href="/ops/tax-returns/${taxReturnId}">tax return <code>${short(taxReturnId)}</code></a>
  </p>`;
}

/** The way to send to the address again. */
export function liftForm({ id }: Suppression, token: Html | undefined): Html {
  return html`<details>
    <summary>Lift it</summary>
    <form method="post" action="/ops/suppressions/${id}/lift">
      ${token}
      <p>Mails go there again from now on. What was withheld stays so until somebody re-sends it.</p>
      <label for="why-${id}">Why</label>
      <input id="why-${id}" name="reason" required maxlength="500" />
      <div><button>Lift the suppression</button></div>
    </form>
  </details>`;
}
