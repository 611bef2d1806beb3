import { noSampleWords } from '#libs/notifications/index.js';
import type { BatchSample, SeenBatch, ShownBatch } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';

/** The first mails as they will be, so that whoever says yes has seen what is sent. No address is shown. */
export function samplesPanel({ id, action }: SeenBatch, { samples }: ShownBatch): Html {
  return html`<section class="panel" aria-labelledby="samples">
    <h2 id="samples">The mails, as the first of them will be</h2>
    ${
      samples.length === 0
        ? html`<p class="soft">${noSampleWords(action)}</p>`
        : html`<ol class="samples">
            ${samples.map((sample, index) => samplePart(id, sample, index + 1))}
          </ol>`
    }
  </section>`;
}

/** Of a batch whose mails are shown to those only who may see what taxpayers are sent. */
export const hiddenSamples = html`<section class="panel" aria-labelledby="samples">
  <h2 id="samples">The mails</h2>
  <p>
    They are shown to whoever signs in with a key that has the scope <code>mails</code>, as mails that were
    sent are.
  </p>
</section>`;

function samplePart(batch: string, { taxReturnId, mail }: BatchSample, number: number): Html {
  const owner = html`<p class="small">
    To the owner of <a href="/ops/tax-returns/${taxReturnId}">tax return <code>${taxReturnId}</code></a>
  </p>`;
  if (!mail)
    return html`<li>
      <p class="say bad">This mail cannot be rendered, and would fail. Do not run the batch before it can.</p>
      ${owner}
    </li>`;
  return html`<li>
    <p lang="${mail.language}" dir="auto"><strong>${mail.subject}</strong></p>
    <p class="soft small" lang="${mail.language}" dir="auto">${mail.preheader}</p>
    <div class="scroll device" tabindex="0" role="group" aria-label="Mail ${number} in its frame">
      <iframe
        class="fit"
        sandbox
        title="Mail ${number}"
        src="/ops/batches/${batch}/samples/${number}"
      ></iframe>
    </div>
    ${owner}
  </li>`;
}
