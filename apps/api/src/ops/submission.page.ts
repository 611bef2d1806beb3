import type { DuplicateService, RemediationService, SubmissionService } from '#libs/notifications/index.js';
import type { Page } from '../pages/frame.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import { duplicatesForm, remediationForm, unsuccessfulForm } from './remediate.part.js';
import { instant } from './time.words.js';
import { storyPanel } from './trail.part.js';
import type { Entry } from './trail.part.js';
import { DELIVERED_WORDS, factList, short } from './words.js';

type Remediation = Awaited<ReturnType<RemediationService['of']>>[number];
export type Sibling = Awaited<ReturnType<DuplicateService['siblings']>>[number];

interface SubmissionState {
  submission: NonNullable<Awaited<ReturnType<SubmissionService['find']>>>;
  /** The latest first. */
  remediations: readonly Remediation[];
  siblings: readonly Sibling[];
  trail: readonly Entry[];
  token: Html | undefined;
  /** Of the remediation that the page's form may keep, so that sent twice it is kept once. */
  newId: string;
}

/** One submission on its way to the authority: what is known, what people did, what else the same person sent. */
export function submissionPage({
  submission,
  remediations,
  siblings,
  trail,
  token,
  newId,
}: SubmissionState): Page {
  const { id, submissionId, taxReturnId, receiptId, createdAt, backup, delivered, events } = submission;
  const [tone, word] = DELIVERED_WORDS[delivered];
  const failed = siblings.filter((one) => one.delivered === 'failure').length;
  return {
    title: `Submission ${submissionId ?? short(id)}`,
    section: '/ops/submissions',
    main: html`<div class="head">
        <div>
          <h1 class="row">Submission <span class="badge ${tone}">${word}</span></h1>
          <p class="soft">
            <code>${submissionId ?? id}</code> of
            <a href="/ops/tax-returns/${taxReturnId}">tax return <code>${taxReturnId}</code></a>
          </p>
        </div>
      </div>
      <div class="why">
        <div class="group">
          <section class="panel" aria-labelledby="facts">
            <h2 id="facts">What is known</h2>
            ${factList([
              ['Made', instant(createdAt)],
              ['Receipt', receiptId === null ? 'none' : html`<code>${receiptId}</code>`],
              [
                'Backup path',
                backup === null
                  ? 'not taken'
                  : html`<code>${backup.id}</code>, ${backup.status ?? 'not decided'}`,
              ],
            ])}
            <ol class="timeline">
              ${events.map(
                ({ type, occurredAt, failureCategory, failureDetail }) =>
                  html`<li>
                    <p class="soft small">${instant(occurredAt)}</p>
                    <p>${type}${failureCategory !== null && html`: ${failureCategory} ${failureDetail}`}</p>
                  </li>`,
              )}
            </ol>
          </section>
          <section class="panel" aria-labelledby="siblings">
            <h2 id="siblings">What else this person sent for the year</h2>
            ${siblings.length === 0 ? html`<p class="soft">Nothing that is known.</p>` : siblingList(siblings)}
            ${delivered === 'success' && failed > 0 && duplicatesForm(id, failed, token)}
          </section>
        </div>
        <div class="group">
          <section class="panel" aria-labelledby="remediations">
            <h2 id="remediations">How it was mended</h2>
            ${
              remediations.length === 0
                ? html`<p class="soft">Nobody did anything outside of the usual paths.</p>`
                : html`<ul class="needs">
                    ${remediations.map((one) => remediationPart(one, token))}
                  </ul>`
            }
          </section>
          ${remediationForm(id, newId, token)} ${storyPanel('submission', id, { trail, token })}
        </div>
      </div>`,
  };
}

function remediationPart(
  { id, success, ignoredAsDuplicate, evidence, notes }: Remediation,
  token: Html | undefined,
): Html {
  return html`<li>
    <p class="row">
      <span class="badge ${success ? 'good' : 'bad'}">${success ? 'success' : 'no success'}</span>
      ${ignoredAsDuplicate && html`<span class="badge plain">duplicate</span>`}
      ${evidence !== null && html`<span>${evidence}</span>`}
    </p>
    <ol class="rules">
      ${notes.map(
        ({ at, actor, context }) =>
          html`<li>${context} <span class="soft small">${actor}, ${instant(at)}</span></li>`,
      )}
    </ol>
    ${success && unsuccessfulForm(id, token)}
  </li>`;
}

function siblingList(siblings: readonly Sibling[]): Html {
  return html`<ul class="plain-list">
    ${siblings.map(({ id, submissionId, createdAt, delivered }) => {
      const [tone, word] = DELIVERED_WORDS[delivered];
      return html`<li class="row">
        <a href="/ops/submissions/${id}"><code>${submissionId ?? short(id)}</code></a>
        <span class="badge ${tone}">${word}</span> <span class="soft small">${instant(createdAt)}</span>
      </li>`;
    })}
  </ul>`;
}
