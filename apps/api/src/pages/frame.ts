import { createHash } from 'node:crypto';
import type { Response } from 'express';
import type { CalledRequest } from '../access/key.guard.js';
import { tokenField } from './form.js';
import { html, trusted } from './html.js';
import type { Html } from './html.js';
import { script } from './script.js';
import { style } from './style.js';

/** A page for people: what changes from one to the next. The frame around it is the same for all. */
export interface Page {
  title: string;
  /** Which entry of the main navigation it belongs to. */
  section: string;
  main: Html;
  /** Replaces the centred column where a page needs the whole width. */
  wide?: boolean;
}

/** What is looked for in a hurry stands open; the rest is one step away, so that all of it fits on a phone. */
const SECTIONS = [
  { path: '/ops', name: 'Now' },
  { path: '/ops/submissions', name: 'Submissions' },
  { path: '/ops/unreachable', name: 'Unreachable' },
  { path: '/ops/quarantine', name: 'Parked' },
  { path: '/ops/batches', name: 'Batches' },
  { path: '/preview', name: 'Mails' },
];
const MORE_SECTIONS = [
  { path: '/ops/suppressions', name: 'Suppressed' },
  { path: '/ops/call-backs', name: 'Call-backs' },
  { path: '/ops/service-level', name: 'Service level' },
  { path: '/ops/audit', name: 'Trail' },
  { path: '/preview/checks', name: 'Checks' },
];

// By hash: a style or script that came in with a value does not run, whatever the escaping did.
const POLICY = [
  "default-src 'none'",
  `style-src '${hashOf(style)}'`,
  `script-src '${hashOf(script)}'`,
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

// Whole elements: their hashes count each space.
const STYLE = trusted(`<style>${style}</style>`);
const SCRIPT = trusted(`<script>${script}</script>`);

// No script, no form, nothing from anywhere else: a mail is shown as a mail client would. `sandbox` takes its origin too.
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

/** Answers with a page. */
export function sendPage(response: Response, page: Page, status = 200): void {
  secure(response, POLICY).status(status).type('html').send(pageOf(page, response.req).toString());
}

/** Answers with a piece of a page, which the page asked for. */
export function sendPart(response: Response, part: Html): void {
  secure(response, POLICY).type('html').send(part.toString());
}

/** Answers with the HTML of a mail, to be looked at in a frame. */
export function sendMailHtml(response: Response, mail: string): void {
  secure(response, MAIL_POLICY).type('html').send(mail);
}

/** Answers with plain text or a file. */
export function sendBytes(response: Response, type: string, bytes: string | Buffer): void {
  secure(response, MAIL_POLICY).type(type).send(bytes);
}

function secure(response: Response, policy: string): Response {
  return response.set({
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  });
}

function pageOf({ title, section, main, wide = false }: Page, request: CalledRequest): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Return Receipt</title>
        <link rel="icon" href="data:," />
        ${STYLE}
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <a class="brand" href="/" ${section === '/' ? html` aria-current="page"` : ''}>Return Receipt</a>
          ${navigation(section)} ${who(request)}
        </header>
        <main id="main" tabindex="-1" ${wide ? html` class="wide"` : ''}>${main}</main>
        ${SCRIPT}
      </body>
    </html> `;
}

function navigation(section: string): Html {
  const entry = ({ path, name }: (typeof SECTIONS)[number]) =>
    html`<a href="${path}" ${section === path ? html` aria-current="page"` : ''}>${name}</a>`;
  const hidden = MORE_SECTIONS.find(({ path }) => path === section);
  return html`<nav aria-label="Main">
    ${SECTIONS.map(entry)}
    <details class="more">
      <summary ${hidden && html` class="here"`}>More${hidden && `: ${hidden.name}`}</summary>
      <div>${MORE_SECTIONS.map(entry)}</div>
    </details>
  </nav>`;
}

/** Who is signed in, with the way out. */
function who(request: CalledRequest): Html | undefined {
  const { session } = request;
  return (
    session &&
    html`<form class="row who" method="post" action="/sign-out">
      ${tokenField(request)}
      <span class="soft small">${session.holder.name}</span>
      <button class="quiet small">Sign out</button>
    </form>`
  );
}

function hashOf(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}
