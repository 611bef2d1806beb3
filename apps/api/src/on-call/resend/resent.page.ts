import type { ResendCounts } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import { counted } from '../words.js';

/** What a re-send did. The numbers add up to those that were looked at. */
export function resentPage({ matching, openedAgain, madeNew, doneBefore, leftOut }: ResendCounts): Page {
  const sent = openedAgain + madeNew;
  return {
    title: 'Re-sent',
    section: '/ops',
    main: html`<h1>${counted(sent, 'mail')} sent again</h1>
      <section class="panel" aria-label="What was done">
        <p class="say good" role="status">
          ${counted(sent, 'mail')} of ${matching} ${sent === 1 ? 'waits' : 'wait'} for a worker now.
          ${doneBefore > 0 && html`${doneBefore} had been sent by this very form before.`}
        </p>
        ${
          leftOut.length > 0 &&
          html`<ul class="plain-list">
            ${leftOut.map(({ why, mails, sentence }) => html`<li><strong>${mails}</strong> left out, <code>${why}</code>: ${sentence}</li>`)}
          </ul>`
        }
        <p class="row">
          <a class="button" href="/ops">Who is untold now?</a> <a href="/ops/audit">The trail</a>
        </p>
      </section>`,
  };
}
