import type { CheckProgress } from '#libs/mail-checks/index.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';

/** How far the checks are, until all mails are checked. */
export function progressNote({ mails, of }: CheckProgress): Html | undefined {
  return mails.length < of
    ? lookAgain(`The mails are being checked: ${mails.length} of ${of} by now.`)
    : undefined;
}

/** For what is not there yet: the page's script follows the link by itself. */
export function lookAgain(sentence: string): Html {
  return html`<p role="status">${sentence} <a href="" data-again>Look again</a></p>`;
}
