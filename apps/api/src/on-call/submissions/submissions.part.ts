import type { ScopedSubmission, Standing, StandingSubmission } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { ageInWords } from '../time.words.js';
import { short } from '../words.js';

/** Did it reach the authority? In a word or two, and how grave it is. */
const DELIVERED: Record<Standing, { word: string; tone: 'good' | 'plain' | 'bad' }> = {
  success: { word: 'arrived, or mended', tone: 'good' },
  'in-process': { word: 'may still arrive', tone: 'plain' },
  failure: { word: 'did not arrive', tone: 'bad' },
};

export function deliveredBadge(delivered: Standing): Html {
  const { word, tone } = DELIVERED[delivered];
  return html`<span class="badge ${tone}">${word}</span>`;
}

/** Submissions with the way to each; with a word on where it stands where that differs. */
export function submissionList(
  submissions: readonly (ScopedSubmission | StandingSubmission)[],
  now: Date,
): Html {
  return html`<ul class="needs">
    ${submissions.map((one) => item(one, now))}
  </ul>`;
}

/** One of them: its name leads to its page. */
export function submissionLine(submission: ScopedSubmission | StandingSubmission, now: Date): Html {
  const { id, submissionId, createdAt } = submission;
  return html`<p class="row">
    ${'delivered' in submission && deliveredBadge(submission.delivered)}
    <a href="/ops/submissions/${id}">Submission <code>${submissionId ?? short(id)}</code></a>
    <span class="soft">made ${ageInWords(createdAt, now)} ago</span>
  </p>`;
}

function item(submission: ScopedSubmission | StandingSubmission, now: Date): Html {
  const { taxReturnId } = submission;
  return html`<li>
    ${submissionLine(submission, now)}
    <p class="small">
      <a href="/ops/tax-returns/${taxReturnId}">Was the taxpayer told?</a>
      Tax return <code>${taxReturnId}</code>
    </p>
  </li>`;
}
