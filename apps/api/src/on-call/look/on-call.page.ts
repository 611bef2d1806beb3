import { LASTS } from '#libs/notifications/index.js';
import type { NeedyMail, Stretch } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { filterForm } from './filter.part.js';
import { mailList } from './mails.part.js';
import { needsPanel, needsSomebody } from './needs.part.js';
import type { Needs } from './needs.part.js';
import { oldestPanel } from './oldest.part.js';
import { outgoingPanels } from './outgoing.part.js';
import { addressOf } from '../on-call.query.js';
import type { OnCallQuery } from '../on-call.query.js';
import { pausesPanel } from './pauses.part.js';
import { needyList, plot, standingBars } from './plot.part.js';
import { instant } from '../time.words.js';

/** Everything that the first look shows. */
export interface OnCallState extends Needs {
  now: Date;
  query: OnCallQuery;
  oldest: NeedyMail | undefined;
  told: readonly Stretch[];
  delivered: readonly Stretch[];
  /** What the filter finds. */
  mails: readonly NeedyMail[];
  total: number;
  token: Html | undefined;
}

/** One look says what is wrong: who waits longest, what needs somebody, how it went, and the mails themselves. */
export function onCallPage(state: OnCallState): Page {
  const { now, query, groups } = state;
  const reasons = groups.flatMap(({ reason }) => reason ?? []);
  return {
    title: 'Now',
    section: '/ops',
    main: html`<div class="head">
        <h1>Who was not told?</h1>
        <p class="soft small">As of ${instant(now)}. <a href="${addressOf('/ops', query)}">Look again</a></p>
      </div>
      ${outgoingPanels(state.outgoing, now)} ${oldestPanel(state.oldest, needsSomebody(state), now)}
      ${needsPanel(state, query, now)}
      <section aria-labelledby="time" class="group">
        <div class="head">
          <h2 id="time">Over time</h2>
          ${spans(query)}
        </div>
        <div class="halves">
          ${plot({
            name: 'told',
            title: 'Was the taxpayer told?',
            about: 'Mails by when they were asked for. A mail that came back is a failure.',
            ...standingBars(state.told, needyList),
          })}
          ${plot({
            name: 'delivered',
            title: 'Did the submission reach the authority?',
            about: 'Submissions by when they were made. Telling the taxpayer changes nothing here.',
            ...standingBars(state.delivered, () => '/ops/submissions'),
          })}
        </div>
      </section>
      <section class="panel" aria-labelledby="mails">
        <h2 id="mails">Mails that need somebody</h2>
        ${filterForm(query, reasons)} ${mailList(state)}
      </section>
      ${pausesPanel(state.pauses, state.token)}`,
  };
}

function spans(query: OnCallQuery): Html {
  const links = LASTS.map(
    (last) =>
      html`<li>
        <a
          href="${addressOf('/ops', { ...query, last })}"
          ${last === query.last ? html` aria-current="true"` : ''}
          >${last}</a
        >
      </li>`,
  );
  return html`<nav class="choice" aria-label="How far back">
    <ul class="switch">
      ${links}
    </ul>
  </nav>`;
}
