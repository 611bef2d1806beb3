import type { AuditTrail } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import { trailList } from './trail.part.js';

/** @param next the last entry of this page, where there are older ones. */
export function trailPage(entries: Awaited<ReturnType<AuditTrail['page']>>, next: bigint | undefined): Page {
  return {
    title: 'Trail',
    section: '/ops/audit',
    main: html`<div class="head">
        <div>
          <h1>Who did what, and why</h1>
          <p class="soft">Newest first. Nobody can change it: the database refuses.</p>
        </div>
        <a href="/v1/audit-trail.csv" download>As CSV</a>
      </div>
      <section class="panel" aria-label="The trail">
        ${trailList(entries)}
        ${next !== undefined && html`<p><a rel="next" href="/ops/audit?before=${String(next)}">Older</a></p>`}
      </section>`,
  };
}
