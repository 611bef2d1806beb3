import { LISTED_SCOPES } from '#libs/notifications/index.js';
import type { Audit, ListedScope, ScopedSubmission } from '#libs/notifications/index.js';
import type { Page } from '../pages/frame.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import { ageInWords, instant } from './time.words.js';
import { counted, short } from './words.js';

interface SubmissionsState {
  scope: ListedScope;
  /** The oldest of it. */
  submissions: readonly ScopedSubmission[];
  counts: Audit;
  now: Date;
}

const WORDS: Record<ListedScope, { name: string; about: string }> = {
  failure: {
    name: 'Did not arrive',
    about:
      'Neither a receipt nor the word of the authority, no way left that is still open, and nobody mended it. Look what happened, send it another way, and keep here what you did.',
  },
  'in-process': { name: 'In process', about: 'Nothing yet, and still inside the time box of its path.' },
  remediated: { name: 'Mended', about: 'The latest remediation of each is a success.' },
  duplicate: { name: 'Duplicates', about: 'Those that stand aside for another of the same person.' },
};

/** Submissions by where they stand on their way to the authority, the oldest first. */
export function submissionsPage({ scope, submissions, counts, now }: SubmissionsState): Page {
  const total = totalOf(scope, counts);
  return {
    title: 'Submissions',
    section: '/ops/submissions',
    main: html`<div class="head">
        <div>
          <h1>Did they reach the authority?</h1>
          <p class="soft">
            Of ${counted(counts.delivered.total, 'submission')}
            ${counts.delivered.success.toLocaleString('en')} did. That a taxpayer was told changes nothing
            here.
          </p>
        </div>
        <nav class="choice" aria-label="Where they stand">
          <ul class="switch">
            ${LISTED_SCOPES.map((one) => choice(one, scope, counts))}
          </ul>
        </nav>
      </div>
      <section class="panel" aria-labelledby="scope">
        <h2 id="scope">${WORDS[scope].name}: ${counted(total, 'submission')}</h2>
        <p>${WORDS[scope].about}</p>
        ${
          submissions.length === 0
            ? html`<p class="say good">None.</p>`
            : html`<p class="row">
                  <a href="/v1/submissions.csv?scope=${scope}" download>All as CSV</a>
                  ${submissions.length < total && html`<span class="soft small">The oldest ${submissions.length} are shown.</span>`}
                </p>
                <ul class="needs">
                  ${submissions.map((one) => item(one, now))}
                </ul>`
        }
      </section>`,
  };
}

function choice(one: ListedScope, scope: ListedScope, counts: Audit): Html {
  return html`<li>
    <a href="/ops/submissions?scope=${one}" ${one === scope ? html` aria-current="true"` : ''}
      >${WORDS[one].name} ${totalOf(one, counts).toLocaleString('en')}</a
    >
  </li>`;
}

function totalOf(scope: ListedScope, { delivered, remediations }: Audit): number {
  if (scope === 'remediated') return remediations.remediated;
  return scope === 'duplicate' ? remediations.duplicate : delivered[scope];
}

function item({ id, taxReturnId, submissionId, createdAt }: ScopedSubmission, now: Date): Html {
  return html`<li>
    <p>
      <a href="/ops/submissions/${id}"
        ><strong>Submission <code>${submissionId ?? short(id)}</code></strong></a
      >
    </p>
    <p class="soft small">
      Made ${ageInWords(createdAt, now)} ago, ${instant(createdAt)}, of
      <a href="/ops/tax-returns/${taxReturnId}">tax return <code>${short(taxReturnId)}</code></a>
    </p>
  </li>`;
}
