import { diffLines } from 'diff';
import type { KeptVersion, RenderedMail } from '#libs/email/index.js';
import type { Page } from '../pages/frame.js';
import { html } from '../pages/html.js';
import type { Hole, Html } from '../pages/html.js';
import { schemeSwitch, widthSwitch } from './choices.part.js';
import type { ShownMail } from './shown.mails.js';
import { htmlPart } from './stage.part.js';
import { addressOf, pathOf } from './preview.query.js';
import type { View } from './preview.query.js';

/** A version of a mail; `mail` is absent when it cannot be made from these values. */
export interface Side {
  version: string;
  shown: ShownMail;
}

export interface Comparison {
  template: string;
  sample: string;
  /** Those that are kept, newest first. */
  versions: readonly KeptVersion[];
  /** The version that is rendered from now. */
  current: string;
  from: Side;
  to: Side;
}

/** Two versions of a mail side by side, live, and what differs in words. */
export function comparePage(comparison: Comparison, view: View): Page {
  const { template, sample, from, to } = comparison;
  const path = pathOf(template, sample);
  const here = (changes: Partial<View>) =>
    addressOf(`${path}/compare`, { ...view, from: from.version, to: to.version, ...changes });
  return {
    title: `${template}, two versions`,
    section: '/preview',
    wide: true,
    main: html`<div class="head">
        <div>
          <h1>${template}: two versions</h1>
          <p class="soft">
            The same values in both:
            <a href="${addressOf(path, { ...view, from: undefined, to: undefined })}">${sample}</a>.
          </p>
        </div>
      </div>
      <div class="choices">
        ${chooser(comparison, view, path)} ${widthSwitch(here, view)} ${schemeSwitch(here, view)}
      </div>
      ${comparison.versions.length < 2 && html`<p class="say warn">Only one version of this mail is kept so far.</p>`}
      <div class="spread">
        ${framed('From', from, comparison, view)} ${framed('To', to, comparison, view)}
      </div>
      ${from.shown.mail && to.shown.mail && differences(from.shown.mail, to.shown.mail)}`,
  };
}

function framed(name: string, { version, shown }: Side, comparison: Comparison, view: View): Html {
  const words = `${name}: ${nameOf(version, comparison)}`;
  if (!shown.mail) return html`<p class="say bad">${words}: ${shown.problems.join('; ')}.</p>`;
  const path = pathOf(comparison.template, comparison.sample);
  const state = { ...view, from: undefined, to: undefined };
  return htmlPart(addressOf(path, { ...state, version, part: 'frame' }), view, words);
}

function chooser(comparison: Comparison, view: View, path: string): Html {
  const { versions, from, to } = comparison;
  const select = (name: string, chosen: string): Html => {
    const options: Hole = versions.map(
      ({ version }) =>
        html`<option value="${version}" ${version === chosen && html` selected`}>
          ${nameOf(version, comparison)}
        </option>`,
    );
    return html`<label for="${name}">${name === 'from' ? 'From' : 'To'}</label>
      <select id="${name}" name="${name}">
        ${options}
      </select>`;
  };
  const kept = Object.entries({
    ...view,
    from: undefined,
    to: undefined,
    part: undefined,
    version: undefined,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`);
  return html`<form class="row" action="${path}/compare">
    ${kept} ${select('from', from.version)} ${select('to', to.version)}
    <button class="quiet">Compare</button>
  </form>`;
}

function nameOf(version: string, { current, versions }: Comparison): string {
  if (version === current) return `working copy (${version.slice(0, 8)})`;
  const day = versions
    .find((kept) => kept.version === version)
    ?.firstSeen.toISOString()
    .slice(0, 10);
  return `${version.slice(0, 8)}${day ? `, since ${day}` : ''}`;
}

function differences(from: RenderedMail, to: RenderedMail): Html {
  const words = (mail: RenderedMail) =>
    `Subject: ${mail.subject}\nPreheader: ${mail.preheader}\n\n${mail.text}`;
  return html`${diff('Text', words(from), words(to))} ${diff('HTML', from.html, to.html)}`;
}

/** Lines that went and lines that came, and a few of those around them. */
function diff(name: string, from: string, to: string): Html {
  if (from === to)
    return html`<section class="part" aria-label="${name}">
      <h2>${name}</h2>
      <p class="say good">No difference.</p>
    </section>`;
  const changes = diffLines(from, to).map(({ value, added, removed }, at, all) => {
    const lines = value.replace(/\n$/, '').split('\n');
    if (added) return lines.map((line) => html`<ins>${line}</ins>`);
    if (removed) return lines.map((line) => html`<del>${line}</del>`);
    return around(lines, at === 0, at === all.length - 1).map((line) => html`<span>${line}</span>`);
  });
  return html`<section class="part" aria-label="${name}">
    <h2>${name}</h2>
    <pre class="scroll diff" tabindex="0" role="region" aria-label="Differences of ${name}">${changes}</pre>
  </section>`;
}

const AROUND = 3;

/** Of lines that stayed, those next to a change. */
function around(lines: string[], isFirst: boolean, isLast: boolean): string[] {
  if (lines.length <= 2 * AROUND + 1) return lines;
  const before = isFirst ? [] : lines.slice(0, AROUND);
  const after = isLast ? [] : lines.slice(-AROUND);
  return [...before, '⋯', ...after];
}
