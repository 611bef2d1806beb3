import type { LeftOutGroup, ResendCounts, SampleMail } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { capField } from '../cap.part.js';
import type { ResendQuery } from '../on-call.query.js';
import { counted, short } from '../words.js';
import { chosen, overruling, whyField } from './chosen.part.js';

interface DryRun {
  query: ResendQuery;
  counts: ResendCounts;
  token: Html | undefined;
  /** Names the re-send: sent twice, it is done once. */
  source: string;
}

/** What a re-send would do: how many, which for example, who is left out and why. Nothing has been done yet. */
export function dryRunPage({ query, counts, token, source }: DryRun): Page {
  const { matching, openedAgain, madeNew, toRegistered, leftOut } = counts;
  const sends = openedAgain + madeNew;
  return {
    title: 'Dry run',
    section: '/ops',
    main: html`<div class="head">
        <div>
          <h1>Dry run: ${counted(sends, 'mail')} would be sent</h1>
          <p class="soft">Nothing has been done yet. ${counted(matching, 'mail')} looked at.</p>
        </div>
        <a href="/ops">Back</a>
      </div>
      <section class="panel" aria-labelledby="sent">
        <h2 id="sent">Would be sent</h2>
        ${madeNew > 0 && html`<p>${counted(madeNew, 'mail')} as new: a relay accepted the first one.</p>`}
        ${
          openedAgain > 0 &&
          html`<p>${counted(openedAgain, 'mail')} under the same Message-ID: no relay ever accepted it.</p>`
        }
        ${toRegistered > 0 && html`<p>${counted(toRegistered, 'mail')} to the address registered for the return: their own takes nothing any more.</p>`}
        ${sends === 0 ? html`<p class="say warn">None.</p>` : sample(counts.sample, sends)}
      </section>
      ${leftOut.length > 0 && leftOutPanel(leftOut, query)}
      ${sends > 0 && orderForm(sends, { query, token, source })}`,
  };
}

function sample(mails: readonly SampleMail[], sends: number): Html {
  return html`<ul class="plain-list">
      ${mails.map(
        ({ id, taxReturnId, template, reason }) =>
          html`<li>
            <a href="/ops/notifications/${id}">${template} <code>${short(id)}</code></a> of
            <a href="/ops/tax-returns/${taxReturnId}">tax return <code>${short(taxReturnId)}</code></a>
            ${reason !== null && html`<span class="soft">${reason}</span>`}
          </li>`,
      )}
    </ul>
    ${mails.length < sends && html`<p class="soft small">The first ${mails.length} of ${sends}.</p>`}`;
}

function leftOutPanel(groups: readonly LeftOutGroup[], query: ResendQuery): Html {
  const canOverrule = groups.some(({ overridable }) => overridable) || query.override.length > 0;
  return html`<form class="panel" method="get" action="/ops/resend">
    ${chosen({ ...query, override: [] })}
    <h2>Left out</h2>
    <ul class="needs">
      ${groups.map(
        ({ why, sentence, todo, overridable, mails, sample: [first] }) =>
          html`<li>
            <p class="row">
              <span class="badge plain">${counted(mails, 'mail')} ${why}</span>
              ${first && html`<a class="small" href="/ops/notifications/${first}">for example <code>${short(first)}</code></a>`}
            </p>
            <p>${sentence}</p>
            <p class="todo"><strong>Now:</strong> ${todo}</p>
            ${overridable && overruling(why, false)}
          </li>`,
      )}
    </ul>
    ${query.override.map((why) => overruling(why, true))}
    ${canOverrule && html`<div><button class="quiet">Look again</button></div>`}
  </form>`;
}

function orderForm(sends: number, { query, token, source }: Omit<DryRun, 'counts'>): Html {
  return html`<form class="panel" method="post" action="/ops/resend">
    ${token} ${chosen(query)}
    <input type="hidden" name="source" value="${source}" />
    <h2>Send ${counted(sends, 'mail')}</h2>
    ${whyField} ${capField(sends, 'It never sends more than this.')}
    <div><button>Send ${counted(sends, 'mail')}</button></div>
  </form>`;
}
