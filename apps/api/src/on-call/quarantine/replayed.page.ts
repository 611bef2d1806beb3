import type { ReplayResult } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import { counted } from '../words.js';

/** How the entries of the replayed messages ended. */
export function replayedPage({ matching, applied, duplicate, parked, refused, failed }: ReplayResult): Page {
  const isClean = parked + refused + failed === 0;
  const ends: [number, string][] = [
    [applied, 'applied'],
    [duplicate, 'applied before'],
    [parked, 'still waiting for a tax return or submission'],
    [refused, 'refused again; the newest reason stands with it'],
    [failed, 'not stored now; replay it again'],
  ];
  return {
    title: 'Replayed',
    section: '/ops/quarantine',
    main: html`<h1>${counted(matching, 'message')} replayed</h1>
      <section class="panel" aria-label="How they ended">
        <p class="say ${isClean ? 'good' : 'warn'}" role="status">
          ${isClean ? 'All of it found its way.' : 'Some of it did not find its way.'}
        </p>
        <ul class="plain-list">
          ${ends.filter(([count]) => count > 0).map(([count, word]) => html`<li><strong>${count}</strong> ${word}</li>`)}
        </ul>
        <p class="row">
          <a class="button" href="/ops/quarantine">What is still parked</a> <a href="/ops/audit">The trail</a>
        </p>
      </section>`,
  };
}
