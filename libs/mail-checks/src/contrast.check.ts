import { isText, type AnyNode } from 'domhandler';
import { Cascade, type Scheme } from './cascade.js';
import { colourOf, contrastOf } from './colour.js';
import type { Finding } from './finding.js';
import { nameOf, type Check, type MailUnderTest } from './mail.under-test.js';

/** What a client draws where a mail says nothing. */
const DEFAULTS = {
  light: { ink: '#000000', link: '#0000ee', paper: '#ffffff' },
  dark: { ink: '#ffffff', link: '#9e9eff', paper: '#121212' },
};
const INVISIBLE = 'head, head *, style, script, [style*="display:none"], [style*="display:none"] *';

/** WCAG 2.2's contrast (1.4.3, AA) of every word, computed from the mail's own styles in light and in dark. */
export const contrast: Check = (tested) => [
  ...(/prefers-color-scheme:\s*dark/.test(tested.mail.html)
    ? []
    : [error('The mail has no colours for dark mode: style it under @media (prefers-color-scheme: dark).')]),
  ...inScheme(tested, 'light'),
  ...inScheme(tested, 'dark'),
];

function inScheme({ page }: MailUnderTest, scheme: Scheme): Finding[] {
  const cascade = new Cascade(page, scheme);
  const findings = new Map<string, Finding>();
  let least = 21;
  const spoken = page('body *')
    .not(INVISIBLE)
    .toArray()
    .filter((element) => element.children.some((child) => isText(child) && child.data.trim()));
  for (const element of spoken) {
    const { ink, paper } = coloursOf(cascade, element, scheme);
    const [front, back] = [colourOf(ink), colourOf(paper)];
    if (!front || !back) {
      const message = `In ${scheme} mode a contrast cannot be measured (${ink} on ${paper}): write both colours as #rrggbb.`;
      findings.set(message, { ...error(message), where: nameOf(page, element) });
      continue;
    }
    const ratio = contrastOf(front, back);
    const needed = isLarge(cascade, element) ? 3 : 4.5;
    least = Math.min(least, ratio);
    if (ratio >= needed) continue;
    const message = `In ${scheme} mode ${ink} on ${paper} has a contrast of ${ratio.toFixed(1)} and needs ${needed}: take colours further apart.`;
    findings.set(message, { ...error(message), where: nameOf(page, element) });
  }
  const message = `The least contrast in ${scheme} mode is ${least.toFixed(1)}.`;
  return [...findings.values(), { check: 'contrast', level: 'note', message }];
}

function coloursOf(cascade: Cascade, element: AnyNode, scheme: Scheme): { ink: string; paper: string } {
  const defaults = DEFAULTS[scheme];
  const isLink = 'tagName' in element && element.tagName === 'a';
  const ink =
    (isLink ? cascade.own(element, 'color') : cascade.inherited(element, 'color')) ??
    (isLink ? defaults.link : defaults.ink);
  for (let node: AnyNode | null = element; node; node = node.parent) {
    const paper = cascade.own(node, 'background-color');
    if (paper && !/^(transparent|inherit|initial|none)$/.test(paper)) return { ink, paper };
  }
  return { ink, paper: defaults.paper };
}

/** From 24 px, or bold from 18.66 px, less contrast will do. */
function isLarge(cascade: Cascade, element: AnyNode): boolean {
  const size = parseFloat(cascade.inherited(element, 'font-size') ?? '16');
  const isHeading = 'tagName' in element && /^h[1-3]$/.test(element.tagName);
  const weight = cascade.inherited(element, 'font-weight') ?? (isHeading ? 'bold' : 'normal');
  return size >= 24 || (size >= 18.66 && (weight === 'bold' || Number(weight) >= 700));
}

function error(message: string): Finding {
  return { check: 'contrast', level: 'error', message };
}
