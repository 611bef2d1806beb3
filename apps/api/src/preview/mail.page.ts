import type { RenderedMail } from '#libs/email/index.js';
import type { Finding } from '#libs/mail-checks/index.js';
import type { Page } from '../pages/frame.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import { choices } from './choices.part.js';
import { badgeOf, findingList } from './findings.part.js';
import { lookAgain } from './progress.part.js';
import type { ShownMail } from './shown.mails.js';
import { stage } from './stage.part.js';
import { testMailPanel } from './test-mail.part.js';
import type { TestMailState } from './test-mail.part.js';
import { valuesPanel } from './values.part.js';
import { addressOf, pathOf } from './preview.query.js';
import type { View } from './preview.query.js';

export interface Neighbour {
  name: string;
  path: string;
}

/** All that the page of one mail shows beside the mail. */
export interface MailPageState {
  shown: ShownMail;
  view: View;
  languages: readonly string[];
  from: string;
  to: string;
  /** Undefined while the mail is being checked. */
  findings: readonly Finding[] | undefined;
  /** The message's head as it is sent. */
  headers: string;
  /** The mails before and after this one in the gallery. */
  previous: Neighbour | undefined;
  next: Neighbour | undefined;
  testMail: TestMailState;
}

/** One mail: what the inbox shows, then the mail, then what can be done with it. */
export function mailPage(state: MailPageState): Page {
  const { shown, view } = state;
  const { template, sample, mail } = shown;
  const path = pathOf(template.name, sample);
  return {
    title: `${template.name}, ${sample}`,
    section: '/preview',
    wide: true,
    main: html`${heading(state)} ${choices(shown, view, state.languages)}
      ${mail ? [mailHead(state, mail), stage(path, mail, state.headers, view)] : notRendered}
      <div class="spread">
        ${valuesPanel(shown, view)}
        <div class="group">
          ${mail && checksPanel(state.findings)} ${testMailPanel(shown, state.testMail)}
          ${versionPanel(path, mail, view)}
        </div>
      </div>`,
  };
}

const notRendered = html`<p class="say bad">
  These values make no mail. What is wrong with them is said beside them, below.
</p>`;

function heading({ shown: { template }, view, previous, next }: MailPageState): Html {
  const to = ({ path }: Neighbour) => addressOf(path, { ...view, values: undefined, sent: undefined });
  return html`<div class="head">
    <div>
      <h1>${template.name}</h1>
      <p class="soft">${template.about}</p>
    </div>
    <nav class="row small" aria-label="Other mails">
      ${previous && html`<a rel="prev" href="${to(previous)}">← ${previous.name}</a>`}
      ${next && html`<a rel="next" href="${to(next)}">${next.name} →</a>`}
    </nav>
  </div>`;
}

function mailHead({ from, to }: MailPageState, mail: RenderedMail): Html {
  return html`<dl class="panel mail-head">
    <dt>From</dt>
    <dd>${from}</dd>
    <dt>To</dt>
    <dd>${to} <span class="soft small">(for example)</span></dd>
    <dt>Subject</dt>
    <dd class="subject">${mail.subject}</dd>
    <dt>Preheader</dt>
    <dd>${mail.preheader}</dd>
  </dl>`;
}

function checksPanel(findings: readonly Finding[] | undefined): Html {
  return html`<section class="panel" aria-labelledby="checks">
    <div class="row">
      <h2 id="checks">Checks</h2>
      ${badgeOf(findings)}
    </div>
    ${findings ? findingList(findings) : lookAgain('This mail is being checked.')}
    <p class="small"><a href="/preview/checks">All mails in one table</a></p>
  </section>`;
}

function versionPanel(path: string, mail: RenderedMail | undefined, { lang, values }: View): Html {
  return html`<section class="panel" aria-labelledby="versions">
    <h2 id="versions">Versions</h2>
    ${
      mail &&
      html`<p>
        This is version <code>${mail.version}</code>. Each mail that was sent names the one it was made from.
      </p>`
    }
    <p><a href="${addressOf(`${path}/compare`, { lang, values })}">Compare two versions</a></p>
  </section>`;
}
