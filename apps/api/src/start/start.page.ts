import type { Page } from '../pages/frame.js';
import { html } from '../pages/html.js';
import type { Html } from '../pages/html.js';

interface Way {
  href: string;
  name: string;
  about: string;
}

const WAYS: Way[] = [
  {
    href: '/ops',
    name: 'On call',
    about: 'Who was not told, for how long, and what to do about it. Asks for a key.',
  },
  {
    href: '/preview',
    name: 'Mails',
    about: 'Every mail in every language, in dark mode too, byte for byte as it is sent.',
  },
  {
    href: '/docs',
    name: 'API',
    about: 'Every call, and every message of the queues, with the problems it may answer.',
  },
  {
    href: '/health/ready',
    name: 'Health',
    about: 'Whether the service can commit what it is sent, and how much waits to go out.',
  },
];

/** @param inboxUrl where an inbox shows the mails that arrived; left out where they go to real people */
export function startPage(inboxUrl: string | undefined): Page {
  const inbox: Way[] = inboxUrl
    ? [{ href: inboxUrl, name: 'Inbox', about: 'The mails that were sent here. It passes none of them on.' }]
    : [];
  return {
    title: 'Start',
    section: '/',
    main: html`<div class="head">
        <div>
          <h1>Return Receipt</h1>
          <p class="soft">
            Tells taxpayers what became of their return: once, truthfully, in their language. What it cannot
            tell it shows, so that nobody is left in the dark.
          </p>
        </div>
      </div>
      <ul class="ways">
        ${[...WAYS, ...inbox].map(way)}
      </ul>
      <section class="panel" aria-labelledby="terminal">
        <h2 id="terminal">At the terminal</h2>
        <dl class="mail-head">
          <dt><code>npx receipt status</code></dt>
          <dd>What needs a person now.</dd>
          <dt><code>npx receipt why ID</code></dt>
          <dd>Why somebody was or was not told, in sentences.</dd>
          <dt><code>npx receipt keys create --help</code></dt>
          <dd>
            How to give each caller a key of its own. Whoever started this locally has a first one on the
            screen.
          </dd>
          <dt><code>npx receipt --help</code></dt>
          <dd>All the rest. The README says how it goes together.</dd>
        </dl>
      </section>`,
  };
}

function way({ href, name, about }: Way): Html {
  return html`<li class="panel way">
    <h2><a href="${href}">${name}</a></h2>
    <p class="soft">${about}</p>
  </li>`;
}
