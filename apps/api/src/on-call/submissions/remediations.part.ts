import type { Noted, RemediationService } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { instant } from '../time.words.js';
import { noteForm } from '../trail/trail.part.js';

export type Remediation = Noted<Awaited<ReturnType<RemediationService['of']>>[number]>;

/** What people did for a submission, the latest first, each with its notes and the way to take it back. */
export function remediationsPanel(remediations: readonly Remediation[], token: Html | undefined): Html {
  return html`<section class="panel" aria-labelledby="remediations">
    <h2 id="remediations">Remediations</h2>
    ${
      remediations.length === 0
        ? html`<p class="soft">None.</p>`
        : html`<p class="soft small">The latest stands first, and counts.</p>
            <ul class="needs">
              ${remediations.map((one) => item(one, token))}
            </ul>`
    }
  </section>`;
}

function item(remediation: Remediation, token: Html | undefined): Html {
  const { id, success, evidence, notes, noted } = remediation;
  const said = [...notes.map(({ at, actor, context }) => ({ at, actor, text: context })), ...noted];
  return html`<li id="remediation-${id}">
    <p class="row">
      ${badge(remediation)}
      ${evidence !== null && html`<span class="soft">See <code>${evidence}</code></span>`}
    </p>
    <ol class="timeline">
      ${said
        .toSorted((a, b) => a.at.getTime() - b.at.getTime())
        .map(
          ({ at, actor, text }) =>
            html`<li class="person">
              <p class="soft small">${instant(at)} · ${actor}</p>
              <p>${text}</p>
            </li>`,
        )}
    </ol>
    <details>
      <summary>Leave a note on it</summary>
      ${noteForm({ kind: 'remediation', target: id, token })}
    </details>
    ${success && takeBack(id, token)}
  </li>`;
}

function badge({ success, ignoredAsDuplicate }: Remediation): Html {
  if (ignoredAsDuplicate) return html`<span class="badge good">a duplicate</span>`;
  return success
    ? html`<span class="badge good">it helped</span>`
    : html`<span class="badge bad">it did not help</span>`;
}

function takeBack(id: string, token: Html | undefined): Html {
  return html`<details>
    <summary>It did not help after all</summary>
    <form method="post" action="/ops/remediations/${id}/unsuccessful">
      ${token}
      <label for="back-${id}">What happened. No addresses.</label>
      <input id="back-${id}" name="context" required maxlength="500" />
      <div><button class="quiet">Take it back</button></div>
    </form>
  </details>`;
}

interface FormState {
  /** Our id of the submission. */
  submission: string;
  /** The id that the remediation gets. */
  id: string;
  token: Html | undefined;
}

/** Keeps what a person did for a submission. */
export function remediationForm({ submission, id, token }: FormState): Html {
  return html`<form class="panel" method="post" action="/ops/submissions/${submission}/remediations">
    ${token}
    <input type="hidden" name="id" value="${id}" />
    <h2>Keep what you did</h2>
    <label for="context">What was done, in your own words. It is never changed. No addresses.</label>
    <textarea id="context" name="context" rows="3" required maxlength="500"></textarea>
    <label for="evidence">Where it can be looked up, such as a ticket</label>
    <input id="evidence" name="evidence" maxlength="500" />
    <fieldset>
      <legend>What came of it</legend>
      <label><input type="radio" name="outcome" value="helped" required /> It is where it belongs</label>
      <label
        ><input type="radio" name="outcome" value="duplicate" required /> Nothing is to be done: another
        submission of the same person counts</label
      >
      <label><input type="radio" name="outcome" value="did-not-help" required /> It did not help</label>
    </fieldset>
    <div><button>Keep it</button></div>
  </form>`;
}
