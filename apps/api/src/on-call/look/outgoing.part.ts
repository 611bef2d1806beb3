import { MOST_WAITING, saidOfLate, saidOfRelay, saidOfTwo } from '#libs/notifications/index.js';
import type { IllOfTwo, IllRelay, LateMails, Outgoing } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { ageInWords, instant } from '../time.words.js';
import { counted } from '../words.js';

/** Before all else: whether mails go out. Nothing while they do. */
export function outgoingPanels({ relay, late, second }: Outgoing, now: Date): Html {
  return html`${relay && relayPanel(relay, now)} ${second && twoPanel(second, now)}
  ${late && latePanel(late, now)}`;
}

function twoPanel(two: IllOfTwo, now: Date): Html {
  const { title, why, todo } = saidOfTwo(two);
  return html`<section class="panel alarm" aria-labelledby="two">
    <h2 id="two">${title}</h2>
    <p><strong>For ${ageInWords(two.since, now)}</strong>, since ${instant(two.since)}. ${why}</p>
    <p class="todo"><strong>Now:</strong> ${todo}</p>
  </section>`;
}

function relayPanel(relay: IllRelay, now: Date): Html {
  const { since, waiting, words } = relay;
  const { why, todo } = saidOfRelay(relay);
  return html`<section class="panel alarm" aria-labelledby="relay">
    <h2 id="relay">The relay does not take mails</h2>
    <p>
      <strong>For ${ageInWords(since, now)}</strong>, since ${instant(since)}. ${atMost(waiting)}
      ${waiting === 1 ? 'waits' : 'wait'}. ${why}
    </p>
    ${words && html`<p class="raw">Last: <code>${words}</code></p>`}
    <p class="todo"><strong>Now:</strong> ${todo}</p>
  </section>`;
}

function latePanel(late: LateMails, now: Date): Html {
  const { mails, since } = late;
  const { why, todo } = saidOfLate(late);
  return html`<section class="panel alarm" aria-labelledby="late">
    <h2 id="late">${atMost(mails)} ${mails === 1 ? 'is' : 'are'} late</h2>
    <p>
      ${mails === 1 ? 'It has' : 'The first of them has'} been due
      <strong>for ${ageInWords(since, now)}</strong>. ${why}
    </p>
    <p class="todo"><strong>Now:</strong> ${todo}</p>
  </section>`;
}

/** So many were looked at at most. */
function atMost(mails: number): string {
  return `${counted(mails, 'mail')}${mails < MOST_WAITING ? '' : ' or more'}`;
}
