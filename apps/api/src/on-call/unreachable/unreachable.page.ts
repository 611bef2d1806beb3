import type { UnreachableMail } from '#libs/notifications/index.js';
import type { Page as ListPage } from '../../contract/page.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { factList } from '../facts.part.js';
import { toldForm } from '../mail/told.part.js';
import { ageInWords, instant } from '../time.words.js';
import { short } from '../words.js';

interface UnreachableState {
  page: ListPage<UnreachableMail>;
  token: Html | undefined;
  now: Date;
  /** Names the decision that a form brings. */
  sourceOf: (mail: UnreachableMail) => string;
}

/** The letters and calls that a person has to make. */
export function unreachablePage({ page: { items, next }, ...state }: UnreachableState): Page {
  return {
    title: 'Unreachable',
    section: '/ops/unreachable',
    main: html`<div class="head">
        <div>
          <h1>Whom no mail reaches</h1>
          <p class="soft">
            Untold, and no address is left: letters and calls that a person has to make. The longest wait
            first. Another address, or a lifted suppression, takes a taxpayer off the list.
          </p>
        </div>
        <a href="/v1/unreachable.csv" download>As CSV</a>
      </div>
      <section class="panel" aria-label="Whom no mail reaches">
        ${
          items.length === 0
            ? html`<p class="soft">
                ${next === null ? 'Nobody.' : 'Nobody among those that were looked at. There are more.'}
              </p>`
            : html`<ul class="needs">
                ${items.map((mail) => item(mail, state))}
              </ul>`
        }
        ${next !== null && html`<p><a rel="next" href="${next}">Next</a></p>`}
      </section>`,
  };
}

function item(
  mail: UnreachableMail,
  { token, now, sourceOf }: Pick<UnreachableState, 'token' | 'now' | 'sourceOf'>,
): Html {
  const { id, taxReturnId, submissionUuid, submissionId, userId, taxYear, since, why, notTold } = mail;
  return html`<li>
    <p><strong>Not told</strong> ${notTold}, for ${ageInWords(since, now)}.</p>
    <p>${why}</p>
    ${factList({
      'Tax return': html`<a href="/ops/tax-returns/${taxReturnId}"><code>${taxReturnId}</code></a>`,
      Submission:
        submissionUuid !== null &&
        html`<a href="/ops/submissions/${submissionUuid}"
          ><code>${submissionId ?? short(submissionUuid)}</code></a
        >`,
      User: userId !== null && html`<code>${userId}</code>`,
      'Tax year': taxYear,
      Since: instant(since),
      Mail: html`<a href="/ops/notifications/${id}">${mail.template} <code>${short(id)}</code></a>`,
    })}
    ${toldForm(id, sourceOf(mail), token, 'list')}
  </li>`;
}
