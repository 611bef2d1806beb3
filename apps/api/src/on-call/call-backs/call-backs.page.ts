import type { SeenCallBack } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { ageInWords } from '../time.words.js';
import { asideInWords, standBadge, whyInWords } from './call-back.part.js';

/** Backends that are told what happens, and what keeps each from it. */
export function callBacksPage(items: readonly SeenCallBack[], now: Date): Page {
  return {
    title: 'Call-backs',
    section: '/ops/call-backs',
    main: html`<div class="head">
        <div>
          <h1>Call-backs</h1>
          <p class="soft">
            Backends that are told what happens to submissions. They register themselves:
            <code>PUT /v1/call-backs/{name}</code>.
          </p>
        </div>
      </div>
      <section class="panel" aria-label="Call-backs">
        ${
          items.length === 0
            ? html`<p class="soft">None.</p>`
            : html`<ul class="needs">
                ${items.map((one) => item(one, now))}
              </ul>`
        }
      </section>`,
  };
}

function item(callBack: SeenCallBack, now: Date): Html {
  const { name, url, toldAt } = callBack;
  return html`<li>
    <p class="row">
      ${standBadge(callBack, now)} <a href="/ops/call-backs/${name}"><strong>${name}</strong></a>
    </p>
    <p class="raw"><code>${url}</code></p>
    ${whyInWords(callBack, now)} ${asideInWords(callBack)}
    <p class="soft small">
      ${toldAt === null ? 'No call has gone well yet.' : html`Last told ${ageInWords(toldAt, now)} ago.`}
    </p>
  </li>`;
}
