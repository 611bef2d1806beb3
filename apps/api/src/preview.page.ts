import type { RenderedMail, TemplateCatalogue } from '#libs/email/index.js';

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; }
  nav a, li a { margin-inline-end: .75rem; }
  h2 { margin-block: 2rem .25rem; font-size: 1.125rem; }
  p { margin-block: .25rem; }
  ul { padding-inline-start: 1.25rem; margin-block: .25rem; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
  dd { margin: 0; overflow-wrap: anywhere; }
  iframe { inline-size: 100%; block-size: 52rem; border: 1px solid; background: Canvas; }
  pre { white-space: pre-wrap; border: 1px solid; padding: 1rem; }
  a:focus-visible { outline: 3px solid; outline-offset: 2px; }`;

/** Every template, sample and language, as links. */
export function listPage(catalogue: TemplateCatalogue): string {
  const templates = catalogue.templates.map(({ name, about, samples }) => {
    const rows = Object.keys(samples).map(
      (sample) =>
        `<li>${catalogue.languages.map((language) => link(name, sample, language, `${sample} (${language})`)).join(' ')}</li>`,
    );
    return `<section><h2>${text(name)}</h2><p>${text(about)}</p><ul>${rows.join('')}</ul></section>`;
  });
  return page(
    'Mails',
    `<h1>Mails</h1><p>Every mail with its sample data, as it is sent.</p>${templates.join('')}`,
  );
}

/** One mail: what the inbox shows, then HTML and text. */
export function mailPage(catalogue: TemplateCatalogue, mail: RenderedMail, sample: string): string {
  const languages = catalogue.languages
    .map((language) => link(mail.template, sample, language, language))
    .join(' ');
  const parts = ['html', 'text', 'source', 'headers']
    .map((part) => `<a href="?lang=${mail.language}&amp;part=${part}">${part}</a>`)
    .join(' ');
  return page(
    `${mail.template}, ${sample}`,
    `<nav aria-label="Preview"><a href="/preview">All mails</a> ${languages}</nav>
    <h1>${text(mail.template)}: ${text(sample)}</h1>
    <dl><dt>Subject</dt><dd>${text(mail.subject)}</dd><dt>Preheader</dt><dd>${text(mail.preheader)}</dd>
      <dt>Language</dt><dd>${text(mail.language)}</dd><dt>Version</dt><dd>${mail.version}</dd><dt>Bytes</dt><dd>${parts}</dd></dl>
    <h2>HTML</h2><iframe title="The mail as HTML" sandbox src="?lang=${mail.language}&amp;part=html"></iframe>
    <h2>Text</h2><pre tabindex="0">${text(mail.text)}</pre>`,
  );
}

function page(title: string, main: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${text(title)} · Return Receipt</title><style>${style}</style></head><body><main>${main}</main></body></html>`;
}

function link(template: string, sample: string, language: string, words: string): string {
  return `<a href="/preview/${template}/${sample}?lang=${language}" hreflang="${language}">${text(words)}</a>`;
}

function text(value: string): string {
  return value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
