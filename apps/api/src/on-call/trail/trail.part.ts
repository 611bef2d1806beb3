import { NOTABLE } from '#libs/notifications/index.js';
import type { AuditTrail, Notable } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { instant } from '../time.words.js';
import { short } from '../words.js';

type Entry = Awaited<ReturnType<AuditTrail['page']>>[number];

/** Entries that the page of one item shows. */
export const TRAIL = 50;

interface ItemTrail {
  kind: Notable;
  target: string;
  trail: readonly Entry[];
  token: Html | undefined;
}

/** What people did with one item, and the way to leave a note on it. */
export function trailPanel({ kind, target, trail, token }: ItemTrail): Html {
  return html`<section class="panel" aria-labelledby="trail">
    <h2 id="trail">What people did and noted</h2>
    ${trailList(trail)} ${noteForm({ kind, target, token })}
  </section>`;
}

/** The way to leave a note on one item. */
export function noteForm({ kind, target, token }: Omit<ItemTrail, 'trail'>): Html {
  return html`<form method="post" action="/ops/notes">
    ${token}
    <input type="hidden" name="kind" value="${kind}" />
    <input type="hidden" name="target" value="${target}" />
    <label for="note-${target}">Note, for whoever comes next. No addresses.</label>
    <textarea id="note-${target}" name="text" rows="2" required maxlength="500"></textarea>
    <div><button class="quiet">Keep the note</button></div>
  </form>`;
}

/** Where each is seen. A remediation stands on the page of its submission, to which its own address leads. */
const PAGES: Record<Notable | 'batch' | 'call-back', string> = {
  batch: '/ops/batches/',
  'call-back': '/ops/call-backs/',
  notification: '/ops/notifications/',
  submission: '/ops/submissions/',
  remediation: '/ops/remediations/',
  quarantine: '/ops/quarantine/',
  suppression: '/ops/suppressions/',
};

export function pageOf(kind: keyof typeof PAGES, target: string): string {
  return `${PAGES[kind]}${target}`;
}

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
  const words = html`${kind} <code>${/^[0-9a-f-]{36}$/.test(target) ? short(target) : target}</code>`;
  const seen = [...NOTABLE, 'batch' as const, 'call-back' as const].find((one) => one === kind);
  return seen ? html`<a href="${pageOf(seen, target)}">${words}</a>` : words;
}

function change(before: unknown, after: unknown): Html | undefined {
  if (before === null && after === null) return undefined;
  return html`<p class="raw small">
    ${before !== null && html`<code>${JSON.stringify(before)}</code> → `}<code
      >${JSON.stringify(after ?? {})}</code
    >
  </p>`;
}
