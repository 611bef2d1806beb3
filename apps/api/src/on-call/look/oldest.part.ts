import { saidOf } from '#libs/notifications/index.js';
import type { NeedyMail } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { ageInWords, instant } from '../time.words.js';
import { NEED_WORDS, short } from '../words.js';

/**
 * The first number of all: for how long the taxpayer who waits longest has been waiting.
 * @param isAlarming whether anything needs somebody: then nothing here is in green, else nothing in red.
 */
export function oldestPanel(oldest: NeedyMail | undefined, isAlarming: boolean, now: Date): Html {
  if (!oldest)
    return html`<section class="panel oldest ${isAlarming ? 'quiet' : 'calm'}" aria-labelledby="oldest">
      <h2 id="oldest">Nobody waits</h2>
      <p>Everybody who is owed a mail has been told.</p>
    </section>`;
  const isLate = oldest.state !== 'queued' && oldest.state !== 'sending';
  return html`<section class="panel oldest ${!isAlarming && 'quiet'}" aria-labelledby="oldest">
    <h2 id="oldest">The oldest untold taxpayer waits for</h2>
    <p class="figure">${ageInWords(oldest.openedAt, now)}</p>
    <p>
      <a href="/ops/tax-returns/${oldest.taxReturnId}">Tax return <code>${short(oldest.taxReturnId)}</code></a
      >: <strong>${oldest.template}</strong>, ${isLate ? NEED_WORDS[oldest.need].word : 'on its way'}, since
      ${instant(oldest.openedAt)}. ${oldest.reason !== null && saidOf(oldest).why}
    </p>
  </section>`;
}
