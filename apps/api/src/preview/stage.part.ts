import type { RenderedMail } from '#libs/email/index.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import { addressOf, DEVICES } from './preview.query.js';
import type { Looks, View } from './preview.query.js';

/** The mail itself, in the frame and beside it as the view asks. */
export function stage(path: string, mail: RenderedMail, headers: string, view: Looks): Html {
  return html`<div class="stage">${partsOf(path, mail, headers, view)}</div>`;
}

function partsOf(path: string, mail: RenderedMail, headers: string, view: Looks): Html[] {
  const framed = () => htmlPart(addressOf(path, { ...view, ...FRAME }), view);
  switch (view.show) {
    case 'both':
      return [framed(), textPart('Text', mail.text)];
    case 'html':
      return [framed()];
    case 'text':
      return [textPart('Text', mail.text)];
    case 'source':
      return [textPart('Source of the HTML', mail.html)];
    case 'headers':
      return [textPart('Headers', headers)];
  }
}

const FRAME = { part: 'frame', sent: undefined, show: undefined, width: undefined } as const;

/** @param address of the HTML with its colour scheme settled */
export function htmlPart(
  address: string,
  { width, scheme }: Pick<View, 'width' | 'scheme'>,
  name = 'HTML',
): Html {
  const pixels = typeof width === 'number' ? width : width === 'fit' ? undefined : DEVICES[width];
  const size =
    pixels === undefined ? html` class="${scheme} fit"` : html` class="${scheme}" width="${pixels}"`;
  return html`<section class="part html" aria-label="${name}">
    <h2>${name}${scheme !== 'light' && ` · ${NOTES[scheme]}`}</h2>
    <div class="scroll device" tabindex="0" role="group" aria-label="The mail in its frame">
      <iframe${size} sandbox title="The mail as HTML" src="${address}"></iframe>
    </div>
  </section>`;
}

const NOTES = {
  dark: 'as clients show it that tell a mail of their dark mode',
  inverted: 'as clients show it that turn colours round by themselves (close to Outlook and Gmail)',
};

/** Text as it is, to scroll in. */
export function textPart(name: string, text: string): Html {
  return html`<section class="part" aria-label="${name}">
    <h2>${name}</h2>
    <pre class="scroll" tabindex="0" role="region" aria-label="${name}, to scroll">${text}</pre>
  </section>`;
}
