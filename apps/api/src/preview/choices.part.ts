import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import { languageName } from './language.name.js';
import type { ShownMail } from './shown.mails.js';
import { addressOf, DEVICES, pathOf, SCHEMES, SHOWS } from './preview.query.js';
import type { Looks, View } from './preview.query.js';

interface Choice {
  words: string;
  current: boolean;
  href: string;
}

/** How to look at a mail: every choice is a link, so that it works everywhere and can be passed on. */
export function choices(shown: ShownMail, view: View, languages: readonly string[]): Html {
  const path = pathOf(shown.template.name, shown.sample);
  const here = (changes: Partial<View>) =>
    addressOf(path, { ...view, part: undefined, sent: undefined, ...changes });
  const samples = Object.keys(shown.template.samples).map((sample) => ({
    words: sample,
    current: sample === shown.sample && !shown.edited,
    href: addressOf(pathOf(shown.template.name, sample), { ...view, sent: undefined, values: undefined }),
  }));
  const used = shown.mail?.language ?? view.lang;
  const inLanguages = languages.map((lang) => ({
    words: languageName(lang),
    current: lang === used,
    href: here({ lang }),
  }));
  return html`<div class="choices">
    ${group('Sample', samples)} ${group('Language', inLanguages)} ${switches(path, view, SHOWS)}
    <div class="choice">
      <a class="button quiet" download href="${here({ part: 'eml' })}">Download .eml</a>
    </div>
  </div>`;
}

const SHOWN = { both: 'HTML + text', html: 'HTML', text: 'Text', source: 'Source', headers: 'Headers' };

/** What of a mail is shown, how wide, and in which colours. */
export function switches(path: string, view: Looks, shows: readonly (keyof typeof SHOWN)[]): Html {
  const here: Here = (changes) => addressOf(path, { ...view, part: undefined, sent: undefined, ...changes });
  const parts = shows.map((show) => ({
    words: SHOWN[show],
    current: show === view.show,
    href: here({ show }),
  }));
  return html`${group('Show', parts)} ${widthSwitch(here, view, freeWidth(path, view))}
  ${schemeSwitch(here, view)}`;
}

type Here = (changes: Partial<View>) => string;

export function widthSwitch(here: Here, view: Pick<View, 'width'>, more?: Html): Html {
  const widths = (['fit', 'phone', 'tablet', 'desktop'] as const).map((width) => ({
    words: width === 'fit' ? 'Fit' : `${capital(width)} ${DEVICES[width]}`,
    current: width === view.width,
    href: here({ width }),
  }));
  return group('Width', widths, more);
}

export function schemeSwitch(here: Here, view: Pick<View, 'scheme'>): Html {
  const schemes = SCHEMES.map((scheme) => ({
    words: capital(scheme),
    current: scheme === view.scheme,
    href: here({ scheme }),
  }));
  return group('Colours', schemes);
}

function group(name: string, choice: Choice[], more?: Html): Html {
  const items = choice.map(
    ({ words, current, href }) =>
      html`<li><a href="${href}" ${current && html` aria-current="true"`}>${words}</a></li>`,
  );
  return html`<div class="choice">
    <span class="name" id="choice-${name}">${name}</span>
    <ul class="switch" aria-labelledby="choice-${name}">
      ${items}
    </ul>
    ${more}
  </div>`;
}

/** Any width at all: a form, since a link cannot ask for a number. */
function freeWidth(path: string, view: Looks): Html {
  return html`<form class="row" action="${path}">
    ${kept(view, 'width')}
    <input
      class="narrow"
      type="number"
      name="width"
      min="220"
      max="2400"
      step="1"
      required
      aria-label="Width in pixels"
      placeholder="px"
      value="${typeof view.width === 'number' && view.width}"
    />
    <button class="quiet">Set</button>
  </form>`;
}

/** The rest of the view, for a form that changes one member of it. */
export function kept(view: Partial<View>, changing: keyof View): Html[] {
  return Object.entries({ ...view, part: undefined, sent: undefined, [changing]: undefined })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
