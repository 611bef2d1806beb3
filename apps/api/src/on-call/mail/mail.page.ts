import { fallbackSentence, needOf, needReasonOf, receiptWords, saidOf } from '#libs/notifications/index.js';
import type { AuditTrail, KeptReceipt, NotificationService } from '#libs/notifications/index.js';
import type { Page } from '../../pages/frame.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { resolvePanel } from './resolve.part.js';
import { toldForm } from './told.part.js';
import { ageInWords, instant } from '../time.words.js';
import { trailPanel } from '../trail/trail.part.js';
import { counted, short, TOLD_WORDS } from '../words.js';

export type ShownMail = NonNullable<Awaited<ReturnType<NotificationService['find']>>>;

interface MailState {
  mail: ShownMail;
  /** In the order in which it happened. */
  receipts: readonly KeptReceipt[];
  trail: Awaited<ReturnType<AuditTrail['page']>>;
  token: Html | undefined;
  now: Date;
  /** Names the decision that the page's forms may bring, so that sent twice it counts once. */
  source: string;
}

/** One mail, without its address and its contents. */
export function mailPage({ mail, receipts, trail, token, now, source }: MailState): Page {
  const { id, template, taxReturnId, state, reason, standing, openedAt, attempt } = mail;
  const [tone, word] = TOLD_WORDS[standing];
  const said = saidOf({ need: needOf(state), reason: needReasonOf(mail) });
  const isSent = mail.deliveries.length > 0;
  return {
    title: `${template} ${short(id)}`,
    section: '/ops',
    main: html`<div class="head">
        <div>
          <h1 class="row">${template} <span class="badge ${tone}">${word}</span></h1>
          <p class="soft">
            Mail <code>${id}</code> to the owner of
            <a href="/ops/tax-returns/${taxReturnId}">tax return <code>${taxReturnId}</code></a>
          </p>
        </div>
      </div>
      <section class="panel" aria-labelledby="now">
        <h2 id="now">Now</h2>
        <p>
          <strong>${state.replace('_', ' ')}</strong>${reason !== null && html` (<code>${reason}</code>)`},
          for ${ageInWords(openedAt, now)}, ${counted(attempt, 'try', 'tries')}.
          ${standing === 'failure' && said.why}
        </p>
        ${mail.fellBackAt && html`<p>${fallbackSentence(mail.fellBackAt)}</p>`}
        ${standing === 'failure' && html`<p class="todo"><strong>Now:</strong> ${said.todo}</p>`}
        <p class="row">
          ${state !== 'unknown' && html`<a class="button quiet" href="/ops/resend?id=${id}">Dry run of a re-send</a>`}
          ${isSent && html`<a href="/preview/notifications/${id}">The mail as it was sent</a>`}
        </p>
        ${standing === 'failure' && toldForm(id, source, token)}
      </section>
      ${state === 'unknown' && resolvePanel(id, source, token)}
      <section class="panel" aria-labelledby="tries">
        <h2 id="tries">Tries</h2>
        ${isSent ? tries(mail) : html`<p class="soft">None: no conversation with a relay began.</p>`}
      </section>
      ${receipts.length > 0 && cameBack(receipts)}
      ${trailPanel({ kind: 'notification', target: id, trail, token })}`,
  };
}

function cameBack(receipts: readonly KeptReceipt[]): Html {
  return html`<section class="panel" aria-labelledby="came-back">
    <h2 id="came-back">What came back</h2>
    <ol class="timeline">
      ${receipts.map(
        (receipt) =>
          html`<li>
            <p class="soft small">${instant(receipt.occurredAt)} · ${receipt.kind} ${receipt.bounceType}</p>
            <p>
              ${receiptWords(receipt)}${receipt.reason !== null && html` (<code>${receipt.reason}</code>)`}
            </p>
            ${receipt.diagnostic !== null && html`<p class="raw"><code>${receipt.diagnostic}</code></p>`}
          </li>`,
      )}
    </ol>
  </section>`;
}

function tries({ deliveries }: ShownMail): Html {
  return html`<ol class="timeline">
    ${deliveries.map(
      ({ attempt, outcome, reason, response, openedAt, relay }) =>
        html`<li>
          <p class="soft small">${instant(openedAt)} · try ${attempt} · ${relay}</p>
          <p>${outcome ?? 'still open'}${reason !== null && html` (<code>${reason}</code>)`}</p>
          ${response !== null && html`<p class="raw"><code>${response}</code></p>`}
        </li>`,
    )}
  </ol>`;
}
