import type { PastMail } from '#libs/notifications/index.js';
import type { Page } from '../pages/frame.js';
import { html } from '../pages/html.js';
import { switches } from './choices.part.js';
import { languageName } from './language.name.js';
import { stage } from './stage.part.js';
import type { PastView } from './preview.query.js';

/** A notification as it was sent, without whom it went to. */
export function pastMailPage(id: string, past: PastMail, from: string, view: PastView): Page {
  const { mail, attempt, outcome, openedAt } = past;
  const path = `/preview/notifications/${id}`;
  return {
    title: `Notification ${id}`,
    section: '/preview',
    wide: true,
    main: html`<div class="head">
        <div>
          <h1>${mail.template}, as it was sent</h1>
          <p class="soft">
            Notification <code>${id}</code>, try ${attempt}, ${openedAt.toISOString()},
            ${outcome ?? 'still open'}; ${languageName(mail.language)}, version <code>${mail.version}</code>.
          </p>
        </div>
      </div>
      <div class="choices">${switches(path, view, ['both', 'html', 'text', 'source'])}</div>
      <dl class="panel mail-head">
        <dt>From</dt>
        <dd>${from}</dd>
        <dt>Subject</dt>
        <dd class="subject">${mail.subject}</dd>
        <dt>Preheader</dt>
        <dd>${mail.preheader}</dd>
      </dl>
      ${stage(path, mail, '', view)}`,
  };
}
