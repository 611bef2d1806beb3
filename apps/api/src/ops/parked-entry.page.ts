import type { AuditTrail } from '#libs/notifications/index.js';
import type { Page } from '../pages/frame.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import type { ParkedEntry } from './parked.page.js';
import { instant } from './time.words.js';
import { trailList } from './trail.part.js';
import { short } from './words.js';

interface EntryState {
  entry: ParkedEntry;
  trail: Awaited<ReturnType<AuditTrail['page']>>;
  token: Html | undefined;
}

/** One message that could not be applied. Its body may hold addresses, so it stays sealed. */
export function parkedEntryPage({ entry, trail, token }: EntryState): Page {
  const { id, kind, queue, source, reason, detail, taxReturnId, submissionId, receivedAt, replays } = entry;
  const facts: [string, Html | string | number][] = [
    ['Received', html`${instant(receivedAt)} from <code>${queue}</code>`],
    ['Source', html`<code>${source}</code>`],
    ['Replayed', `${replays} times`],
    ...(taxReturnId
      ? [
          ['Tax return', html`<a href="/ops/tax-returns/${taxReturnId}"><code>${taxReturnId}</code></a>`] as [
            string,
            Html,
          ],
        ]
      : []),
    ...(submissionId ? [['Submission', html`<code>${submissionId}</code>`] as [string, Html]] : []),
  ];
  return {
    title: `Message ${short(id)}`,
    section: '/ops/quarantine',
    main: html`<div class="head">
        <div>
          <h1 class="row">${reason} <span class="badge plain">${entry.resolution ?? kind}</span></h1>
          <p class="soft">Message <code>${id}</code></p>
        </div>
      </div>
      <section class="panel" aria-label="What is known of it">
        <p>${detail}</p>
        <dl class="mail-head">
          ${facts.map(
            ([name, value]) =>
              html`<dt>${name}</dt>
                <dd>${value}</dd>`,
          )}
        </dl>
      </section>
      ${entry.resolvedAt === null && replayForm(id, token)}
      <section class="panel" aria-labelledby="trail">
        <h2 id="trail">What people did and noted</h2>
        ${trailList(trail)}
        <form method="post" action="/ops/quarantine/${id}/notes">
          ${token}
          <label for="note">Note, for whoever comes next. No addresses.</label>
          <textarea id="note" name="text" rows="2" required maxlength="500"></textarea>
          <div><button class="quiet">Keep the note</button></div>
        </form>
      </section>`,
  };
}

function replayForm(id: string, token: Html | undefined): Html {
  return html`<form class="panel" method="post" action="/ops/quarantine/replays">
    ${token}
    <input type="hidden" name="which" value="selected" />
    <input type="hidden" name="id" value="${id}" />
    <h2>Put it through its door again</h2>
    <label for="why">Why now</label>
    <input id="why" name="why" required maxlength="500" />
    <div><button>Replay</button></div>
  </form>`;
}
