import { CALL_WORDS } from '#libs/notifications/index.js';
import type { AuditTrail, SeenAside, SeenCallBack } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { factList } from '../facts.part.js';
import { ageInWords, instant } from '../time.words.js';
import { trailList } from '../trail/trail.part.js';
import { counted, short } from '../words.js';
import { asideInWords, standBadge, whyInWords } from './call-back.part.js';

interface CallBackState {
  callBack: SeenCallBack;
  asides: readonly SeenAside[];
  trail: Awaited<ReturnType<AuditTrail['page']>>;
  token: Html | undefined;
  now: Date;
}

/** One call-back: how it stands, what it was put on without, and the ways to mend it. */
export function callBackPage({ callBack, asides, trail, token, now }: CallBackState): Page {
  const { name, url, kinds, toldAt, dueAt, cursor, madeAt, madeBy, previousUntil } = callBack;
  return {
    title: `Call-back ${name}`,
    section: '/ops/call-backs',
    main: html`<div class="head">
        <div>
          <h1 class="row">${name} ${standBadge(callBack, now)}</h1>
          <p class="soft raw"><code>${url}</code></p>
        </div>
      </div>
      <section class="panel" aria-label="How it stands">
        ${whyInWords(callBack, now)} ${asideInWords(callBack)}
        ${factList({
          'Told of': kinds.length === 0 ? 'everything' : kinds.join(', '),
          'Last told': toldAt === null ? 'never' : instant(toldAt),
          'Next call': dueAt > now && instant(dueAt),
          'Told up to': html`<code>${cursor}</code>`,
          'Both secrets until': previousUntil !== null && instant(previousUntil),
          Registered: html`${instant(madeAt)} by <bdi>${madeBy}</bdi>`,
        })}
        ${resumeForm(name, token)} ${replayForm(name, token)}
      </section>
      ${
        asides.length > 0 &&
        html`<section class="panel" aria-labelledby="asides">
          <h2 id="asides">Events that it was put on without</h2>
          <ul class="needs">
            ${asides.map((one) => aside(one, now))}
          </ul>
        </section>`
      }
      <section class="panel" aria-labelledby="trail">
        <h2 id="trail">What people did</h2>
        ${trailList(trail)}
      </section>`,
  };
}

function aside(
  { cursor, kind, taxReturnId, tries, reason, status, since, dueAt }: SeenAside,
  now: Date,
): Html {
  return html`<li>
    <p class="row">
      <span class="badge ${dueAt === null ? 'bad' : 'warn'}"
        >${dueAt === null ? 'given up' : 'tried again'}</span
      >
      <strong>${kind}</strong> of
      <a href="/ops/tax-returns/${taxReturnId}">tax return <code>${short(taxReturnId)}</code></a>
    </p>
    <p>${CALL_WORDS[reason]}${status !== null && html` It answered ${status}.`}</p>
    <p class="soft small">
      ${counted(tries, 'try', 'tries')} in ${ageInWords(since, now)}; cursor <code>${cursor}</code>
    </p>
  </li>`;
}

function resumeForm(name: string, token: Html | undefined): Html {
  return html`<details>
    <summary>Let it go on now</summary>
    <form method="post" action="/ops/call-backs/${name}/resume">
      ${token}
      <p>Whether it was stopped or waits. What it was put on without is tried again as well.</p>
      <label for="why-resume">Why</label>
      <input id="why-resume" name="reason" required maxlength="500" />
      <div><button>Let it go on</button></div>
    </form>
  </details>`;
}

function replayForm(name: string, token: Html | undefined): Html {
  return html`<details>
    <summary>Tell it again from a cursor</summary>
    <form method="post" action="/ops/call-backs/${name}/replay">
      ${token}
      <p>All that comes after the cursor is sent, also what was sent before, under the same ids.</p>
      <label for="after">Cursor, from <code>GET /v1/events</code> or an event that was sent</label>
      <input id="after" name="after" required maxlength="100" spellcheck="false" autocomplete="off" />
      <label for="why-replay">Why</label>
      <input id="why-replay" name="reason" required maxlength="500" />
      <div><button>Tell it again</button></div>
    </form>
  </details>`;
}
