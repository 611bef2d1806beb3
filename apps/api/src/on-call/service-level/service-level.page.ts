import { meetsAim, shareWords, waitWords } from '#libs/notifications/index.js';
import type {
  LevelSpan,
  ServiceLevel,
  ServiceLevelLook,
  ServiceLevelOfDay,
} from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { needyList, plot } from '../look/plot.part.js';
import type { PlotPart } from '../look/plot.part.js';
import { instant } from '../time.words.js';
import { counted } from '../words.js';

interface ServiceLevelState extends ServiceLevelLook {
  last: LevelSpan;
  spans: readonly LevelSpan[];
}

const PARTS: readonly PlotPart[] = [
  { tone: 'failure', word: 'late or not sent' },
  { tone: 'success', word: 'on time' },
];

const DAY = 86_400_000;

/** The share against the aim, the plot of it, and all that is kept of each day. */
export function serviceLevelPage({ aim, days, total, last, spans }: ServiceLevelState): Page {
  const counting = days.findLast(({ countedAt }) => countedAt !== null)?.countedAt;
  return {
    title: 'Service level',
    section: '/ops/service-level',
    main: html`<div class="head">
        <div>
          <h1>How soon do mails go out?</h1>
          <p class="soft small">
            By the day (UTC) that a mail was asked for.
            ${counting ? html`Last counted ${instant(counting)}.` : 'Nothing was counted yet.'}
          </p>
        </div>
        ${spanLinks(spans, last)}
      </div>
      ${headline(total, aim, last)}
      ${plot({
        name: 'level',
        title: 'On time, by day',
        about: `Mails that a relay took within ${waitWords(aim.withinMs)}, and those that it did not. A click leads to the mails of that day that need somebody.`,
        parts: PARTS,
        bars: days.map(({ day, owed, inTime, share, waits }) => ({
          label: day,
          counts: [owed - inTime, inTime],
          href: listOf(day),
          besides:
            owed === 0 ? undefined : `${shareWords(share)} on time, 95% within ${waitWords(waits.p95)}`,
        })),
        end: days.at(-1)?.day ?? '',
      })}
      ${dayTable(days, aim)} ${explained(aim)}`,
  };
}

function spanLinks(spans: readonly LevelSpan[], last: LevelSpan): Html {
  return html`<nav class="choice" aria-label="How far back">
    <ul class="switch">
      ${spans.map(
        (span) =>
          html`<li>
            <a href="/ops/service-level?last=${span}" ${span === last ? html` aria-current="true"` : ''}
              >${span}</a
            >
          </li>`,
      )}
    </ul>
  </nav>`;
}

function headline(total: ServiceLevel, aim: ServiceLevelLook['aim'], last: LevelSpan): Html {
  const meets = meetsAim(total, aim);
  const tone = meets === undefined ? 'plain' : meets ? 'good' : 'bad';
  const { owed, inTime, waits, askedAgain } = total;
  return html`<section
    class="panel oldest level ${meets === false ? '' : meets ? 'calm' : 'quiet'}"
    aria-labelledby="share"
  >
    <h2 id="share">On time in the last ${last.replace('d', ' days')}</h2>
    <p class="figure ${tone}">${shareWords(total.share)}</p>
    <p>
      ${
        meets === undefined
          ? 'No mail was due.'
          : html`${inTime.toLocaleString('en')} of ${counted(owed, 'mail')} within ${waitWords(aim.withinMs)}.
            The aim is ${shareWords(aim.share)}: ${meets ? 'met' : 'missed'}.`
      }
    </p>
    ${
      waits.p50 !== null &&
      html`<p class="soft">
        Half went out within ${waitWords(waits.p50)}, 95% within ${waitWords(waits.p95)}, 99% within
        ${waitWords(waits.p99)}.${askedAgain > 0 && ` ${counted(askedAgain, 'mail was', 'mails were')} asked for more than once.`}
      </p>`
    }
  </section>`;
}

const COLUMNS: readonly (readonly [string, (day: ServiceLevelOfDay) => string])[] = [
  ['Counted', ({ owed }) => owed.toLocaleString('en')],
  ['On time', ({ inTime }) => inTime.toLocaleString('en')],
  ['50% within', ({ waits }) => waitWords(waits.p50)],
  ['95% within', ({ waits }) => waitWords(waits.p95)],
  ['99% within', ({ waits }) => waitWords(waits.p99)],
  ['All mails', ({ mails }) => mails.toLocaleString('en')],
  ['Arrived', ({ became }) => became.arrived.toLocaleString('en')],
  ['Taken', ({ became }) => became.taken.toLocaleString('en')],
  ['Came back', ({ became }) => became.bounced.toLocaleString('en')],
  ['Unknown', ({ became }) => became.unknown.toLocaleString('en')],
  ['Not told', ({ became }) => became.untold.toLocaleString('en')],
  ['Waiting', ({ became }) => became.waiting.toLocaleString('en')],
  ['Superseded', ({ became }) => became.superseded.toLocaleString('en')],
  ['In batches', ({ apart }) => apart.listed.toLocaleString('en')],
  ['Asked again', ({ askedAgain }) => askedAgain.toLocaleString('en')],
];

/** The newest first; days without any mail are left out. */
function dayTable(days: readonly ServiceLevelOfDay[], aim: ServiceLevelLook['aim']): Html {
  const rows = days.filter(({ mails }) => mails > 0).toReversed();
  if (rows.length === 0) return html`<p class="soft">No day has any mails.</p>`;
  return html`<section class="group" aria-labelledby="days">
    <h2 id="days">By day</h2>
    <div class="table day" tabindex="0" role="region" aria-label="All days, as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Share</th>
            ${COLUMNS.map(([title]) => html`<th scope="col">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map((one) => dayRow(one, aim))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function dayRow(one: ServiceLevelOfDay, aim: ServiceLevelLook['aim']): Html {
  const meets = meetsAim(one, aim);
  const tone = meets === undefined ? 'plain' : meets ? 'good' : 'bad';
  return html`<tr>
    <th scope="row">
      <a href="${listOf(one.day)}">${one.day}</a>
      ${!one.isFinal && html`<span class="soft small">open</span>`}
    </th>
    <td><span class="badge ${tone}">${shareWords(one.share)}</span></td>
    ${COLUMNS.map(([, say]) => html`<td>${say(one)}</td>`)}
  </tr>`;
}

function explained({ withinMs }: ServiceLevelLook['aim']): Html {
  return html`<details class="panel">
    <summary>What is counted</summary>
    <p>
      Counted are mails that were asked for at once and were to be handed over. Left out are mails of batches,
      mails that wait for more failures on purpose, mails without an address, and mails that were withheld,
      unless it got too late for them.
    </p>
    <p>
      The wait begins when a mail was asked for, or asked for again, and ends when a relay took it, as in the
      metric
      <code>receipt_hand_over_seconds</code>. A mail that failed, or whose outcome is unknown, is not on time.
      Times are rounded up, so “95% within 2 s” means 2 s or less. Shares are of mails within
      ${waitWords(withinMs)}.
    </p>
    <p>
      A day marked “open” may still change when receipts come. After that it stays as it is, also when its
      mails are erased.
    </p>
  </details>`;
}

function listOf(day: string): string {
  const since = new Date(day);
  return needyList(since, new Date(since.getTime() + DAY));
}
