import { eventSentence } from '#libs/notifications/index.js';
import type { AuditTrail, StandingSubmission, SubmissionService } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { factList } from '../facts.part.js';
import { remediationForm, remediationsPanel } from './remediations.part.js';
import type { Remediation } from './remediations.part.js';
import { siblingsPanel } from './siblings.part.js';
import { deliveredBadge } from './submissions.part.js';
import { ageInWords, instant } from '../time.words.js';
import { trailPanel } from '../trail/trail.part.js';
import { short } from '../words.js';

export type ShownSubmission = NonNullable<Awaited<ReturnType<SubmissionService['find']>>>;

interface SubmissionState {
  submission: ShownSubmission;
  /** The latest first. */
  remediations: readonly Remediation[];
  /** What else the same person sent. */
  siblings: readonly StandingSubmission[];
  mayBeKept: boolean;
  trail: Awaited<ReturnType<AuditTrail['page']>>;
  token: Html | undefined;
  now: Date;
  /** The id of the remediation that the page's form may bring, so that sent twice it is made once. */
  remediationId: string;
}

/** One submission: whether it reached the authority, what says so, and what can be done about it. */
export function submissionPage(state: SubmissionState): Page {
  const { submission, remediations, siblings, mayBeKept, trail, token, now, remediationId } = state;
  const { id, taxReturnId, submissionId, delivered } = submission;
  return {
    title: `Submission ${submissionId ?? short(id)}`,
    section: '/ops/submissions',
    main: html`<div class="head">
        <div>
          <h1 class="row">Did this submission arrive? ${deliveredBadge(delivered)}</h1>
          <p class="soft">
            Submission <code>${submissionId ?? id}</code> of
            <a href="/ops/tax-returns/${taxReturnId}">tax return <code>${taxReturnId}</code></a>
          </p>
        </div>
      </div>
      <section class="panel" aria-labelledby="facts">
        <h2 id="facts">What is known of it</h2>
        ${facts(submission, now)} ${delivered === 'failure' && todo}
      </section>
      <div class="why">
        <div class="group">
          <section class="panel" aria-labelledby="events">
            <h2 id="events">What happened</h2>
            ${events(submission)}
          </section>
          ${siblingsPanel({ submission: id, siblings, mayBeKept, token, now })}
        </div>
        <div class="group">
          ${remediationsPanel(remediations, token)}
          ${remediationForm({ submission: id, id: remediationId, token })}
          ${trailPanel({ kind: 'submission', target: id, trail, token })}
        </div>
      </div>`,
  };
}

const todo = html`<p class="todo">
  <strong>Now:</strong> Look whether another submission of the same person arrived: then open that one and
  mark its duplicates. Otherwise send this one by another path, and keep here what you did.
</p>`;

function facts(submission: ShownSubmission, now: Date): Html {
  const { id, key, submissionId, receiptId, submissionReceivedAt, createdAt, backup, rejectionCodes } =
    submission;
  return factList({
    Made: html`${instant(createdAt)}, ${ageInWords(createdAt, now)} ago`,
    Receipt: receiptId === null ? 'none' : html`<code>${receiptId}</code>`,
    'Received by the authority': submissionReceivedAt && instant(submissionReceivedAt),
    'Backup path': backup ? html`<code>${backup.id}</code>, ${backup.status ?? 'undecided'}` : 'not taken',
    'Rejected for':
      rejectionCodes.length > 0 && rejectionCodes.map(({ MeFErrorCode }) => MeFErrorCode).join(', '),
    "Authority's id": submissionId === null ? 'not known' : html`<code>${submissionId}</code>`,
    "Backend's row": key !== null && html`<code>${key}</code>`,
    'Our id': html`<code>${id}</code>`,
  });
}

function events(submission: ShownSubmission): Html {
  return html`<ol class="timeline">
    ${submission.events.map(
      (event) =>
        html`<li>
          <p class="soft small">${instant(event.recordedAt)}</p>
          <p>${eventSentence(submission, event)}</p>
        </li>`,
    )}
  </ol>`;
}
