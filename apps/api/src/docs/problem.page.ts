import { PROBLEM_KINDS, PROBLEMS } from '../problems/problem.kinds.js';
import type { ProblemKind } from '../problems/problem.kinds.js';

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 45rem; padding: 1.5rem 1rem 4rem; }
  h2 { margin-block: 2rem .25rem; font-size: 1.125rem; }
  code { overflow-wrap: anywhere; }
  a:focus-visible { outline: 3px solid; outline-offset: 2px; }`;

/** What kinds of problems mean and what to do about them. */
export function problemPage(kinds: ProblemKind[]): string {
  const sections = kinds.map((kind) => {
    const { status, title, todo } = PROBLEMS[kind];
    return `<section id="${kind}"><h2>${status} ${title}</h2><p>${inHtml(todo)}</p><p><code>/problems/${kind}</code></p></section>`;
  });
  const all = kinds.length === PROBLEM_KINDS.length ? '' : '<a href="/problems">All problems</a> · ';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Problems · Return Receipt</title><style>${style}</style></head><body><main><h1>Problems</h1>
<p>${all}<a href="/docs">The HTTP interface</a></p>${sections.join('')}</main></body></html>`;
}

function inHtml(markdown: string): string {
  return markdown
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/`([^`]+)`/g, '<code>$1</code>');
}
