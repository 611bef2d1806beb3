import type { StandingSubmission } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { submissionList } from './submissions.part.js';
import { counted } from '../words.js';

interface SiblingsState {
  /** Our id of the submission. */
  submission: string;
  siblings: readonly StandingSubmission[];
  /** Whether it arrived itself, so that others may stand aside for it. */
  mayBeKept: boolean;
  token: Html | undefined;
  now: Date;
}

/** What else the same person sent, and one action for what failed of it. */
export function siblingsPanel({ submission, siblings, mayBeKept, token, now }: SiblingsState): Html {
  const failed = siblings.filter(({ delivered }) => delivered === 'failure').length;
  return html`<section class="panel" aria-labelledby="siblings">
    <h2 id="siblings">What else the same person sent</h2>
    ${
      siblings.length === 0
        ? html`<p class="soft">Nothing that is known: of the same user id and tax year.</p>`
        : submissionList(siblings, now)
    }
    ${mayBeKept && failed > 0 && markForm(submission, failed, token)}
  </section>`;
}

function markForm(id: string, failed: number, token: Html | undefined): Html {
  return html`<form method="post" action="/ops/submissions/${id}/duplicates">
    ${token}
    <p>
      This one arrived. ${failed === 1 ? 'The other one' : `The ${failed} others`} that did not can stand
      aside for it: then nothing is to be done for ${failed === 1 ? 'it' : 'them'}.
    </p>
    <label for="why-duplicates">How you know that they are the same. No addresses.</label>
    <input id="why-duplicates" name="context" required maxlength="500" />
    <div><button>Mark ${counted(failed, 'duplicate')}</button></div>
  </form>`;
}
