import type { AxeResults, ImpactValue, Result, RunOptions } from 'axe-core';
import type { Finding } from './finding.js';
import type { Check, MailUnderTest } from './mail.under-test.js';

const OPTIONS: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  resultTypes: ['violations'],
  rules: {
    // Measured by the contrast check, in light and in dark: axe would need a browser for it.
    'color-contrast': { enabled: false },
    // A mail stands inside the page of a client, which has the landmarks.
    region: { enabled: false },
  },
};
const IS_ERROR: ReadonlySet<ImpactValue> = new Set(['critical', 'serious', 'moderate']);

type Run = (mail: MailUnderTest) => Promise<AxeResults>;
let axe: Promise<Run> | undefined;
let queue: Promise<unknown> = Promise.resolve();
/** Forms of mails without a fault. axe takes most of the time of all checks, and other words change nothing for it. */
const clean = new Set<string>();

/** axe-core's rules over the mail's HTML, and whether the mail says in which language it speaks. */
export const accessibility: Check = async (tested) => {
  const violations = clean.has(tested.form) ? [] : await violationsOf(tested);
  if (violations.length === 0) clean.add(tested.form);
  return [
    ...language(tested),
    ...violations.map(({ id, help, impact, nodes }): Finding => ({
      check: 'accessibility',
      level: impact && IS_ERROR.has(impact) ? 'error' : 'warning',
      message: `${help} (axe: ${id}).`,
      where: nodes[0]?.html.slice(0, 200) ?? id,
    })),
  ];
};

/** axe looks at one document at a time. */
async function violationsOf(tested: MailUnderTest): Promise<Result[]> {
  const run = await (axe ??= start());
  const results = queue.then(() => run(tested));
  queue = results.catch(() => undefined);
  return (await results).violations;
}

function language({ mail, page, frame }: MailUnderTest): Finding[] {
  const { lang, dir } = page('html').attr() ?? {};
  if (lang === mail.language && dir === (frame['dir'] ?? 'ltr')) return [];
  const message = `The HTML says lang="${lang}" dir="${dir}" and speaks "${mail.language}": set both on <mjml> in the frame.`;
  return [{ check: 'accessibility', level: 'error', message }];
}

/** Loaded when the first mail is looked at: a worker never does. Scripts of the mail do not run and nothing is fetched. */
async function start(): Promise<Run> {
  const [{ JSDOM }, { default: core }] = await Promise.all([import('jsdom'), import('axe-core')]);
  const { window } = new JSDOM('<!doctype html><html><head></head><body></body></html>', {
    runScripts: 'outside-only',
  });
  window.eval(core.source);
  const inside = window as unknown as { axe: typeof core };
  return ({ page }) => {
    const root = window.document.documentElement;
    for (const { name } of [...root.attributes]) root.removeAttribute(name);
    for (const [name, value] of Object.entries(page('html').attr() ?? {})) root.setAttribute(name, value);
    root.innerHTML = page('html').html() ?? '';
    return inside.axe.run(window.document, OPTIONS);
  };
}
