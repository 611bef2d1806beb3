import type { Finding } from '#libs/mail-checks/index.js';
import { counted } from '#libs/notifications/index.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';

type Level = Finding['level'];

const LOOK = { error: 'bad', warning: 'warn', note: 'plain' } as const;
const ORDER: Level[] = ['error', 'warning', 'note'];

/** The worst of what was found, in a word. Undefined while the checks still run. */
export function badgeOf(findings: readonly Finding[] | undefined): Html {
  if (!findings) return html`<span class="badge plain">being checked</span>`;
  const worst = worstOf(findings);
  if (!worst) return html`<span class="badge good">All checks pass</span>`;
  const count = findings.filter(({ level }) => level === worst).length;
  return html`<span class="badge ${LOOK[worst]}">${counted(count, worst)}</span>`;
}

/** A note is something to know, not something to mend. */
function worstOf(findings: readonly Finding[]): 'error' | 'warning' | undefined {
  return (['error', 'warning'] as const).find((level) => findings.some((finding) => finding.level === level));
}

/** What was found, the worst first. */
export function findingList(findings: readonly Finding[]): Html {
  if (findings.length === 0) return html`<p>Nothing was found.</p>`;
  const sorted = ORDER.flatMap((level) => findings.filter((finding) => finding.level === level));
  const items = sorted.map(
    ({ level, message, where }) =>
      html`<li>
        <span class="badge ${LOOK[level]}">${level}</span><span>${message}</span>
        ${where && html`<code class="where soft">${where}</code>`}
      </li>`,
  );
  return html`<ul class="findings">
    ${items}
  </ul>`;
}
