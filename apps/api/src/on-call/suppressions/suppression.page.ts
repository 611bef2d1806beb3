import type { AuditTrail } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { instant } from '../time.words.js';
import { trailPanel } from '../trail/trail.part.js';
import { short } from '../words.js';
import { liftForm, reasonIn, whenAndWhose } from './suppressions.page.js';
import type { Suppression } from './suppressions.page.js';

interface SuppressionState {
  suppression: Suppression;
  trail: Awaited<ReturnType<AuditTrail['page']>>;
  token: Html | undefined;
  now: Date;
}

/** One address that nothing is or was sent to, by its id alone, with what people did and noted. */
export function suppressionPage({ suppression, trail, token, now }: SuppressionState): Page {
  const { id, liftedAt, expiresAt } = suppression;
  const holds = liftedAt === null && expiresAt > now;
  return {
    title: `Suppression ${short(id)}`,
    section: '/ops/suppressions',
    main: html`<div class="head">
        <div>
          <h1 class="row">
            ${reasonIn(suppression)} <span class="badge plain">${stateOf(suppression, holds)}</span>
          </h1>
          <p class="soft">Suppression <code>${id}</code></p>
        </div>
      </div>
      <section class="panel" aria-label="What is known of it">
        ${whenAndWhose(suppression)} ${liftedAt !== null && html`<p>Lifted ${instant(liftedAt)}.</p>`}
        ${holds && liftForm(suppression, token)}
      </section>
      ${trailPanel({ kind: 'suppression', target: id, trail, token })}`,
  };
}

function stateOf({ liftedAt }: Suppression, holds: boolean): string {
  if (holds) return 'holds';
  return liftedAt === null ? 'expired' : 'lifted';
}
