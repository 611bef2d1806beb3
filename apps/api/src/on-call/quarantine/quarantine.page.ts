import { parkedTodo } from '#libs/notifications/index.js';
import type { QuarantineService } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { capField } from '../cap.part.js';
import { addressOf, fieldOf } from '../on-call.query.js';
import type { ParkedQuery } from '../on-call.query.js';
import { ageInWords } from '../time.words.js';
import { mailLink } from './mail.link.js';
import { counted, short } from '../words.js';

export type ParkedEntry = NonNullable<Awaited<ReturnType<QuarantineService['find']>>>;

interface ParkedState {
  query: ParkedQuery;
  entries: readonly ParkedEntry[];
  /** How many the filter finds, shown or not. */
  matching: number;
  now: Date;
  token: Html | undefined;
}

/** What could not be applied, the longest wait first, with the reason; to be put through its door again. */
export function quarantinePage({ query, entries, matching, now, token }: ParkedState): Page {
  const { kind, reason, taxReturn } = query;
  const isFiltered = Object.values(query).some((value) => value !== undefined);
  return {
    title: 'Parked',
    section: '/ops/quarantine',
    main: html`<div class="head">
        <div>
          <h1>Messages that could not be applied</h1>
          <p class="soft">
            ${counted(matching, 'message')}${isFiltered && html` of this filter. <a href="/ops/quarantine">All</a>`}
          </p>
        </div>
        <a href="${addressOf('/v1/quarantine.csv', { kind, reason, taxReturnId: taxReturn })}" download
          >As CSV</a
        >
      </div>
      ${
        entries.length === 0
          ? html`<p class="panel">Nothing is parked.</p>`
          : html`<form class="panel mails" method="post" action="/ops/quarantine/replays">
              ${token}
              <input type="hidden" name="until" value="${fieldOf(now)}" />
              ${Object.entries(query).map(
                ([name, value]) => value && html`<input type="hidden" name="${name}" value="${value}" />`,
              )}
              <ul class="items">
                ${entries.map((entry) => item(entry, now))}
              </ul>
              ${entries.length < matching && html`<p class="soft small">${entries.length} of ${matching} shown.</p>`}
              <label for="why">Why replay them now</label>
              <input id="why" name="why" required maxlength="500" aria-describedby="about-replay" />
              <p class="soft small" id="about-replay">
                Each goes through its own door again. Replaying twice applies once; what fails again stays.
              </p>
              ${capField(matching, 'Refused whole above this. What came after this page was shown is left out.')}
              <div class="row">
                <button name="which" value="selected">Replay the selected</button>
                <button class="quiet" name="which" value="all">Replay all ${matching}</button>
              </div>
            </form>`
      }`,
  };
}

function item(
  { id, kind, queue, reason, detail, taxReturnId, notificationId, receivedAt, replays }: ParkedEntry,
  now: Date,
): Html {
  return html`<li>
    <input type="checkbox" name="id" value="${id}" aria-label="Select the message ${short(id)}" />
    <div>
      <p class="row">
        <span class="badge ${kind === 'unmatched' ? 'warn' : 'bad'}"
          >${kind === 'unmatched' ? 'waiting' : kind}</span
        >
        <a href="/ops/quarantine/${id}"><strong>${reason}</strong> <code>${short(id)}</code></a>
        <span class="soft"
          >for ${ageInWords(receivedAt, now)}, from ${queue}, replayed ${counted(replays, 'time')}</span
        >
      </p>
      <p>${detail} <span class="soft">${parkedTodo({ kind, reason })}</span></p>
      ${
        taxReturnId !== null &&
        html`<p class="small">
          <a href="/ops/tax-returns/${taxReturnId}">Tax return <code>${taxReturnId}</code></a>
        </p>`
      }
      ${notificationId !== null && html`<p class="small">Mail ${mailLink({ notificationId, reason })}</p>`}
    </div>
  </li>`;
}
