import { saidOf } from '#libs/notifications/index.js';
import type { NeedyMail } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { addressOf, csvAddress } from '../on-call.query.js';
import type { OnCallQuery } from '../on-call.query.js';
import { ageInWords, instant } from '../time.words.js';
import { counted, NEED_WORDS, short } from '../words.js';

interface MailList {
  mails: readonly NeedyMail[];
  /** How many the filter finds, shown or not. */
  total: number;
  query: OnCallQuery;
  now: Date;
}

/** The mails that need somebody, the longest wait first, to choose from for a re-send. */
export function mailList({ mails, total, query, now }: MailList): Html {
  if (mails.length === 0) return html`<p>No mail fits.</p>`;
  const filter = { ...query, last: undefined };
  return html`<form class="mails" method="get" action="/ops/resend">
    <div class="row bar">
      <button>Dry run for the selected</button>
      <a class="button quiet" href="${addressOf('/ops/resend', { ...filter, all: 'yes' })}"
        >Dry run for all ${total}</a
      >
      <a href="${csvAddress(query)}" download>As CSV</a>
      ${mails.length < total && html`<span class="soft small">${mails.length} of ${counted(total, 'mail')} shown</span>`}
    </div>
    <ul class="items">
      ${mails.map((mail) => item(mail, now))}
    </ul>
  </form>`;
}

function item(mail: NeedyMail, now: Date): Html {
  const { id, need, template, taxReturnId, openedAt } = mail;
  const { why, todo } = saidOf(mail);
  return html`<li>
    <input
      type="checkbox"
      name="id"
      value="${id}"
      aria-label="Select the mail ${template} of tax return ${short(taxReturnId)}"
    />
    <div>
      <p class="row">
        <span class="badge ${NEED_WORDS[need].tone}">${NEED_WORDS[need].word}</span>
        <a href="/ops/notifications/${id}"><strong>${template}</strong> <code>${short(id)}</code></a>
        <span class="soft">for ${ageInWords(openedAt, now)}</span>
      </p>
      <p>${why} <span class="soft">${todo}</span></p>
      ${rawAnswer(mail)}
      <p class="small">
        <a href="/ops/tax-returns/${taxReturnId}">Why was this taxpayer not told?</a>
        Tax return <code>${taxReturnId}</code>
      </p>
    </div>
  </li>`;
}

/** What the other server said when it came back, else the relay at the last try, as they said it. Addresses are taken out before it is kept. */
function rawAnswer({ bounce, deliveries: [last] }: NeedyMail): Html | undefined {
  if (bounce?.diagnostic)
    return html`<p class="raw">
      <span class="soft small">It came back, ${instant(bounce.occurredAt)}:</span>
      <code>${bounce.diagnostic}</code>
    </p>`;
  if (!last?.response) return undefined;
  const { attempt, outcome, response } = last;
  return html`<p class="raw">
    <span class="soft small">Try ${attempt}, ${outcome ?? 'open'}:</span> <code>${response}</code>
  </p>`;
}
