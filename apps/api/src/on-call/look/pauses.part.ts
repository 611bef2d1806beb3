import { PAUSABLE } from '#libs/notifications/index.js';
import type { Pause } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { instant } from '../time.words.js';
import { counted, pausableName } from '../words.js';

/** What is paused, with the way to go on; and the way to pause more. */
export function pausesPanel(pauses: readonly Pause[], token: Html | undefined): Html {
  const paused = pauses.map(({ template }) => template);
  const others = PAUSABLE.filter((template) => !paused.includes(template));
  return html`<section class="panel" aria-labelledby="pauses">
    <h2 id="pauses">Pauses</h2>
    ${
      pauses.length === 0
        ? html`<p class="soft">Nothing is paused.</p>`
        : pauses.map((pause) => pausePart(pause, token))
    }
    <details>
      <summary>Pause mails</summary>
      <form method="post" action="/ops/pauses">
        ${token}
        <p>Nothing fails meanwhile: they wait. What a worker has begun goes on.</p>
        <label for="pause-template">Which</label>
        <select id="pause-template" name="template">
          ${others.map((template) => html`<option value="${template}">${pausableName(template)}</option>`)}
        </select>
        <label for="pause-reason">Why</label>
        <input id="pause-reason" name="reason" required maxlength="500" />
        <div><button>Pause</button></div>
      </form>
    </details>
  </section>`;
}

function pausePart({ template, since, actor, reason, waiting }: Pause, token: Html | undefined): Html {
  return html`<form class="say warn" method="post" action="/ops/pauses/end">
    ${token}
    <p>
      <strong>${pausableName(template)}</strong> is paused since ${instant(since)} by ${actor}: ${reason}
      ${counted(waiting, 'mail')} ${waiting === 1 ? 'waits' : 'wait'}.
    </p>
    <input type="hidden" name="template" value="${template}" />
    <label for="resume-${template}">Why go on</label>
    <input id="resume-${template}" name="reason" required maxlength="500" />
    <div><button>Resume</button></div>
  </form>`;
}
