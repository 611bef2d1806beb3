import type { TemplateCatalogue, TemplateDescription } from '#libs/email/index.js';
import type { CheckProgress } from '#libs/mail-checks/index.js';
import { counted } from '#libs/notifications/index.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import type { Page } from '../pages/frame.js';
import { badgeOf } from './findings.part.js';
import { findingsOfAll } from './checked.mails.js';
import { languageName } from './language.name.js';
import { progressNote } from './progress.part.js';
import { addressOf, pathOf } from './preview.query.js';

/** Every template in every language, as it looks; each leads to its mail. */
export function galleryPage(catalogue: TemplateCatalogue, progress: CheckProgress): Page {
  const groups = catalogue.templates.map((template) => group(template, catalogue.languages, progress));
  return {
    title: 'Mails',
    section: '/preview',
    wide: true,
    main: html`<div class="head">
        <div>
          <h1>Mails</h1>
          <p class="soft">Every mail in every language, with sample data, byte for byte as it is sent.</p>
          ${progressNote(progress)}
        </div>
      </div>
      <div class="gallery">${groups}</div>`,
  };
}

function group(template: TemplateDescription, languages: readonly string[], { mails }: CheckProgress): Html {
  const cards = languages.map((language) =>
    card(template, language, badgeOf(findingsOfAll(mails, template, language))),
  );
  return html`<section class="panel" aria-labelledby="${template.name}">
    <div class="words">
      <h2 id="${template.name}">${template.name}</h2>
      <p class="soft">${template.about}</p>
    </div>
    <ul class="cards">
      ${cards}
    </ul>
  </section>`;
}

function card({ name, samples }: TemplateDescription, language: string, badge: Html): Html {
  const addresses = Object.keys(samples).map((sample) => ({
    sample,
    address: (part?: 'frame') => addressOf(pathOf(name, sample), { lang: language, part }),
  }));
  const [first] = addresses;
  const title = `${name}, ${languageName(language)}`;
  const links = addresses.map(({ sample, address }) => html`<li><a href="${address()}">${sample}</a></li>`);
  return html`<li class="card">
    <div class="thumb" inert>
      <iframe class="light" sandbox loading="lazy" title="${title}" src="${first?.address('frame')}"></iframe>
    </div>
    <div class="foot">
      <a class="whole" href="${first?.address()}" aria-label="${title}">${languageName(language)}</a>
      ${badge}
      <details>
        <summary>${counted(links.length, 'sample')}</summary>
        <ul class="links">
          ${links}
        </ul>
      </details>
    </div>
  </li>`;
}
