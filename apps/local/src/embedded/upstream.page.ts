import { BEHAVIOURS } from './upstream.behaviours.js';
import type { Behaviour } from './upstream.behaviours.js';

const STYLE = `body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark }
  table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884 }
  td:first-child { font-family: ui-monospace, monospace } form { display: flex; gap: .5rem; flex-wrap: wrap } select, input, button { font: inherit }`;

/** The page on which somebody plays the upstream. @param asked what it was asked about, the latest first */
export function pageOf(asked: { id: string; behaviour: Behaviour | undefined }[]): string {
  const rows = asked.map(
    ({ id, behaviour }) => `<tr><td>${text(id)}</td><td>${chooser(id, behaviour)}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>The upstream, played</title><style>${STYLE}</style></head><body><main>
<h1>The upstream, played</h1>
<p>The service asks here what became of submissions. Choose what it is told; it hears of that when it asks the next time.</p>
${
  rows.length === 0
    ? '<p>Nobody has asked about anything yet. Register a submission with its submissionId, and load this page again.</p>'
    : `<table><thead><tr><th>Asked about</th><th>What it is told</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`
}
<h2>Another one</h2>
<form method="post" action="/behaviours"><label>Its id <input name="id" required></label>${select('accepted')}<button>Say so</button></form>
<p>An id also chooses by its last word: <code>2026-4711.rejected</code>. The words are ${Object.keys(BEHAVIOURS).join(', ')}.</p>
</main></body></html>`;
}

function chooser(id: string, behaviour: Behaviour | undefined): string {
  return `<form method="post" action="/behaviours"><input type="hidden" name="id" value="${text(id)}">${select(behaviour ?? 'processing', id)}<button>Say so</button></form>`;
}

function select(chosen: Behaviour, id?: string): string {
  const options = Object.entries(BEHAVIOURS).map(
    ([name, { words }]) =>
      `<option value="${name}"${name === chosen ? ' selected' : ''}>${text(words)}</option>`,
  );
  const label = id === undefined ? 'What it is told' : `What it is told of ${id}`;
  return `<select name="behaviour" aria-label="${text(label)}">${options.join('')}</select>`;
}

function text(given: string): string {
  return given.replace(
    /[&<>"']/g,
    (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[one] ?? one,
  );
}
