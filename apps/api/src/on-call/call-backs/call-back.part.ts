import { CALL_WORDS } from '#libs/notifications/index.js';
import type { SeenCallBack } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { ageInWords } from '../time.words.js';
import { counted } from '../words.js';

/** Milliseconds after which an event that waits is late: one is told within seconds. */
const LATE = 60_000;

/** How a call-back stands, in a word or two, and how grave that is. */
export function standBadge({ state, reason, givenUp, aside, behindSince }: SeenCallBack, now: Date): Html {
  const isBehind = behindSince !== null && now.getTime() - behindSince.getTime() > LATE;
  const [tone, word] =
    state === 'stopped'
      ? ['bad', 'stopped']
      : reason !== null
        ? ['bad', 'fails']
        : givenUp > 0
          ? ['bad', 'not all told']
          : aside > 0
            ? ['warn', isBehind ? 'behind' : 'some tried again']
            : isBehind
              ? ['warn', 'behind']
              : ['good', 'told'];
  return html`<span class="badge ${tone}">${word}</span>`;
}

/** Why its last call was in vain, and since when. */
export function whyInWords(
  { reason, status, failures, failingSince, behindSince }: SeenCallBack,
  now: Date,
): Html | undefined {
  if (reason === null) return undefined;
  return html`<p>
    ${CALL_WORDS[reason]}${status !== null && html` It answered ${status}.`}
    ${
      failingSince !== null &&
      html`<span class="soft"
        >${counted(failures, 'call')} in a row, for
        ${ageInWords(failingSince, now)}${
          behindSince !== null &&
          html`; the oldest event that waits is from ${ageInWords(behindSince, now)} ago`
        }.</span
      >`
    }
  </p>`;
}

/** What it was put on without. */
export function asideInWords({ aside, givenUp }: SeenCallBack): Html | undefined {
  if (aside + givenUp === 0) return undefined;
  return html`<p>
    ${
      givenUp > 0 &&
      html`<strong>${counted(givenUp, 'event')} given up</strong>, until somebody lets it go on.`
    }
    ${aside > 0 && html` ${counted(aside, 'event')} tried by ${aside === 1 ? 'itself' : 'themselves'}.`}
  </p>`;
}
