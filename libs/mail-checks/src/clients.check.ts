import { caniemail } from 'caniemail';
import type { Finding } from './finding.js';
import type { Check } from './mail.under-test.js';

type Client = Parameters<typeof caniemail>[0]['clients'][number];

/** The clients that most taxpayers read with. Each is looked up in caniemail.com's data, which the package carries. */
const CLIENTS: Client[] = [
  'apple-mail.ios',
  'apple-mail.macos',
  'gmail.android',
  'gmail.desktop-webmail',
  'gmail.ios',
  'outlook.android',
  'outlook.ios',
  'outlook.macos',
  'outlook.outlook-com',
  'outlook.windows',
  'samsung-email.android',
  'yahoo.android',
  'yahoo.desktop-webmail',
  'yahoo.ios',
];

/** What may be missing without harm, and what a reader gets where it is. Anything else has to work in every client. */
const GRACEFUL: Readonly<Record<string, string>> = {
  '@media': 'the light colours, which are set inline',
  '<body> element': 'the inner element with the same colours',
  '<style> element': 'the inline styles',
  'Chaining selectors': 'the inline styles',
  'Class selector': 'the inline styles',
  'Descendant combinator': 'the inline styles',
  'Type selector': 'the inline styles',
  'ID selector': 'nothing: only Outlook reads that rule',
  'aria-label attribute': 'the heading, which says the same',
  'role attribute': 'a table that screen readers announce',
  'border-radius': 'square corners',
  'color-scheme CSS property': 'the light colours or an inversion by the client',
  'color-scheme meta tag': 'the light colours or an inversion by the client',
  cursor: 'the usual cursor',
  'height property': 'rows as high as their words',
  'max-height property': 'rows as high as their words',
  opacity: 'a preheader that other styles hide',
  outline: 'the usual frame',
  overflow: 'a frame without clipped corners',
  'overflow-wrap': 'the inline word-break, or a very long word that leaves its column',
  'target attribute': 'a link that opens where the client likes',
  'word-break': 'overflow-wrap, or a very long word that leaves its column',
  'word-spacing': 'the usual spacing',
};

/** What some reader's client does not show as meant. */
export const clients: Check = ({ mail, form }) => {
  const missing = unsupported(mail.html, form);
  const isHarmless = (feature: string) => Object.hasOwn(GRACEFUL, feature);
  const losses = [...missing.keys()].filter(isHarmless).map((feature) => `${feature} (${GRACEFUL[feature]})`);
  return [
    ...[...missing]
      .filter(([feature]) => !isHarmless(feature))
      .map(([feature, where]) => harm(feature, where)),
    ...(losses.length > 0
      ? [note(`Not in every client, and what a reader gets instead: ${losses.join('; ')}.`)]
      : []),
  ];
};

function note(message: string): Finding {
  return { check: 'clients', level: 'note', message };
}

function harm(feature: string, where: string[]): Finding {
  return {
    check: 'clients',
    level: 'error',
    message: `${feature} does not work in ${where.length} of ${CLIENTS.length} clients: use something that does, or add to clients.check.ts what its readers get instead.`,
    where: where.join(', '),
  };
}

/** By form of a mail: other words change nothing. */
const known = new Map<string, Map<string, string[]>>();

/** Features by title, each with the clients that do not know it at all. */
function unsupported(html: string, form: string): Map<string, string[]> {
  const found = known.get(form) ?? new Map<string, string[]>();
  if (known.has(form)) return found;
  for (const [client, issues] of caniemail({ clients: CLIENTS, html }).issues.errors)
    for (const { title } of issues) {
      const already = found.get(title) ?? [];
      if (!already.includes(client)) found.set(title, [...already, client]);
    }
  known.set(form, found);
  return found;
}
