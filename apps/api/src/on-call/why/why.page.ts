import type { StandingSubmission, Why, WhyMail, WhyMoment } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { submissionLine } from '../submissions/submissions.part.js';
import { instant } from '../time.words.js';
import { TOLD_WORDS } from '../words.js';

/** A tax return's story: each mail that was or was not sent with the rules that decided, then all that happened. */
export function whyPage(
  { taxReturnId, summary, mails, timeline }: Why,
  submissions: readonly StandingSubmission[],
  now: Date,
): Page {
  return {
    title: `Tax return ${taxReturnId}`,
    section: '/ops',
    main: html`<div class="head">
        <div>
          <h1>Was this taxpayer told?</h1>
          <p class="soft">Tax return <code>${taxReturnId}</code></p>
        </div>
      </div>
      <p class="panel summary"><strong>${summary}</strong></p>
      <div class="why">
        <section class="group" aria-labelledby="mails">
          <h2 id="mails">The mails, and why</h2>
          ${mails.length === 0 ? html`<p class="soft">None.</p>` : mails.toSorted(untoldFirst).map(mailPanel)}
          ${submissionsPanel(submissions, now)}
        </section>
        <section class="panel" aria-labelledby="timeline">
          <h2 id="timeline">What happened</h2>
          <ol class="timeline">
            ${timeline.map(momentPart)}
          </ol>
        </section>
      </div>`,
  };
}

function submissionsPanel(submissions: readonly StandingSubmission[], now: Date): Html {
  return html`<section class="panel" aria-labelledby="submissions">
    <h2 id="submissions">Did its submissions reach the authority?</h2>
    ${submissions.length === 0 ? html`<p class="soft">None is known.</p>` : submissions.map((one) => submissionLine(one, now))}
  </section>`;
}

/** What needs somebody stands first. */
const ORDER = ['failure', 'in-process', 'success', null];
function untoldFirst(a: WhyMail, b: WhyMail): number {
  return ORDER.indexOf(a.standing) - ORDER.indexOf(b.standing);
}

function mailPanel({ notificationId, template, standing, sentences, todo, answer }: WhyMail): Html {
  const [tone, word] = standing ? TOLD_WORDS[standing] : (['plain', 'was not due'] as const);
  return html`<article class="panel">
    <h3 class="row">
      ${notificationId ? html`<a href="/ops/notifications/${notificationId}">${template}</a>` : template}
      <span class="badge ${tone}">${word}</span>
    </h3>
    <ol class="rules">
      ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
    </ol>
    ${answer !== null && html`<p class="raw"><span class="soft small">The last answer:</span> <code>${answer}</code></p>`}
    ${todo !== null && html`<p class="todo"><strong>Now:</strong> ${todo}</p>`}
  </article>`;
}

const KINDS: Record<WhyMoment['kind'], string> = {
  event: 'submission',
  mail: 'mail',
  try: 'try',
  receipt: 'receipt',
  person: 'person',
  parked: 'parked',
};

function momentPart({ at, kind, sentence, notificationId }: WhyMoment): Html {
  return html`<li class="${kind}">
    <p class="soft small">${instant(at)} · ${KINDS[kind]}</p>
    <p>${sentence}</p>
    ${notificationId !== null && (kind === 'mail' || kind === 'parked') && html`<p class="small"><a href="/ops/notifications/${notificationId}">This mail</a></p>`}
  </li>`;
}
