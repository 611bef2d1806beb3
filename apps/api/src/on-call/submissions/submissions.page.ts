import { LISTED_SCOPES } from '#libs/notifications/index.js';
import type { Audit, ListedScope, ScopedSubmission } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { addressOf } from '../on-call.query.js';
import { submissionList } from './submissions.part.js';

interface SubmissionsState {
  scope: ListedScope;
  submissions: readonly ScopedSubmission[];
  counts: Pick<Audit, 'delivered' | 'remediations'>;
  /** Our id of the last one of this page, where there are more. */
  next: string | undefined;
  now: Date;
}

const SCOPES: Record<ListedScope, { word: string; title: string; about: string }> = {
  failure: {
    word: 'did not arrive',
    title: 'Submissions that did not reach the authority',
    about:
      'No receipt, no word of the authority or of the backup path in its time, no remediation that helped. Nobody has to have noticed.',
  },
  'in-process': {
    word: 'may still arrive',
    title: 'Submissions that may still reach the authority',
    about: 'Nothing says yet that they did, and their time is not over.',
  },
  remediated: {
    word: 'mended',
    title: 'Submissions that somebody mended',
    about: 'Their latest remediation is a success, so that they count as arrived.',
  },
  duplicate: {
    word: 'duplicates',
    title: 'Submissions that stand aside for another',
    about:
      'Somebody found that another submission of the same person counts in their place, so that nothing is to be done for these.',
  },
};

/** Submissions of a scope, the oldest first, to open one and act. */
export function submissionsPage({ scope, submissions, counts, next, now }: SubmissionsState): Page {
  const { title, about } = SCOPES[scope];
  return {
    title: 'Submissions',
    section: '/ops/submissions',
    main: html`<div class="head">
        <div>
          <h1>${title}</h1>
          <p class="soft">${about} The oldest first.</p>
        </div>
        <a href="${addressOf('/v1/submissions.csv', { scope })}" download>As CSV</a>
      </div>
      ${scopes(scope, counts)}
      <section class="panel" aria-label="${title}">
        ${submissions.length === 0 ? html`<p>None.</p>` : submissionList(submissions, now)}
        ${next !== undefined && html`<p><a rel="next" href="${addressOf('/ops/submissions', { scope, after: next })}">Next</a></p>`}
      </section>
      ${scope === 'failure' && many}`,
  };
}

const many = html`<p class="soft small">
  Many that were mended alike? <code>receipt remediate from-list</code> and
  <code>POST /v1/remediations</code> take a list of ids.
</p>`;

function scopes(chosen: ListedScope, { delivered, remediations }: SubmissionsState['counts']): Html {
  const counts: Record<ListedScope, number> = {
    failure: delivered.failure,
    'in-process': delivered['in-process'],
    remediated: remediations.remediated,
    duplicate: remediations.duplicate,
  };
  const links = LISTED_SCOPES.map(
    (scope) =>
      html`<li>
        <a
          href="${addressOf('/ops/submissions', { scope })}"
          ${scope === chosen ? html` aria-current="true"` : ''}
          >${counts[scope].toLocaleString('en')} ${SCOPES[scope].word}</a
        >
      </li>`,
  );
  return html`<nav class="choice" aria-label="Which">
    <ul class="switch">
      ${links}
    </ul>
  </nav>`;
}
