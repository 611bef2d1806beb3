import type { AuditTrail } from '#libs/notifications/index.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';
import { instant } from './time.words.js';
import { short } from './words.js';

type Entry = Awaited<ReturnType<AuditTrail['page']>>[number];

/** What people did, newest first: who, what, why, before and after. */
export function trailList(entries: readonly Entry[]): Html {
  if (entries.length === 0) return html`<p class="soft">Nothing yet.</p>`;
  return html`<ol class="timeline">
    ${entries.map(entryPart)}
  </ol>`;
}

function entryPart({ at, actor, action, kind, target, reason, before, after }: Entry): Html {
  return html`<li>
    <p class="soft small">${instant(at)} · ${actor}</p>
    <p><strong>${action}</strong> ${linkTo(kind, target)}</p>
    <p>${reason}</p>
    ${change(before, after)}
  </li>`;
}

function linkTo(kind: string, target: string): Html {
  const pages: Record<string, string> = {
    notification: '/ops/notifications/',
    quarantine: '/ops/quarantine/',
  };
  const page = pages[kind];
  const words = html`${kind} <code>${/^[0-9a-f-]{36}$/.test(target) ? short(target) : target}</code>`;
  return page ? html`<a href="${page}${target}">${words}</a>` : words;
}

function change(before: unknown, after: unknown): Html | undefined {
  if (before === null && after === null) return undefined;
  return html`<p class="raw small">
    <code>${JSON.stringify(before ?? {})}</code> → <code>${JSON.stringify(after ?? {})}</code>
  </p>`;
}
