import { parkedTodo } from '#libs/notifications/index.js';
import type { AuditTrail } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { factList } from '../facts.part.js';
import { mailLink } from './mail.link.js';
import type { ParkedEntry } from './quarantine.page.js';
import { instant } from '../time.words.js';
import { trailPanel } from '../trail/trail.part.js';
import { counted, short } from '../words.js';

interface EntryState {
  entry: ParkedEntry;
  trail: Awaited<ReturnType<AuditTrail['page']>>;
  token: Html | undefined;
}

/** One message that could not be applied. Its body may hold addresses, so it stays sealed. */
export function quarantineEntryPage({ entry, trail, token }: EntryState): Page {
  const {
    id,
    kind,
    queue,
    source,
    reason,
    detail,
    taxReturnId,
    submissionId,
    notificationId,
    receivedAt,
    replays,
  } = entry;
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
        ${entry.resolvedAt === null && html`<p class="todo"><strong>Now:</strong> ${parkedTodo(entry)}</p>`}
        ${factList({
          Received: html`${instant(receivedAt)} from <code>${queue}</code>`,
          Source: html`<code>${source}</code>`,
          Replayed: counted(replays, 'time'),
          'Tax return':
            taxReturnId && html`<a href="/ops/tax-returns/${taxReturnId}"><code>${taxReturnId}</code></a>`,
          Mail: notificationId && mailLink({ notificationId, reason }),
          Submission: submissionId && html`<code>${submissionId}</code>`,
        })}
      </section>
      ${entry.resolvedAt === null && [replayForm(id, token), dismissForm(id, token)]}
      ${trailPanel({ kind: 'quarantine', target: id, trail, token })}`,
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

function dismissForm(id: string, token: Html | undefined): Html {
  return html`<details class="panel">
    <summary>Nothing is to be done with it</summary>
    <form method="post" action="/ops/quarantine/${id}/dismiss">
      ${token}
      <p>For what no replay will ever apply. It is kept, and nobody is called for it any more.</p>
      <label for="dismiss-why">Why</label>
      <input id="dismiss-why" name="why" required maxlength="500" />
      <div><button class="quiet">Dismiss it</button></div>
    </form>
  </details>`;
}
