import { isStep } from '#libs/notifications/index.js';
import type { BatchState, SeenBatch, ShownBatch } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import type { MOVES } from './batch.query.js';
import { counted } from '../words.js';

interface Acts {
  batch: SeenBatch;
  shown: ShownBatch | 'hidden' | undefined;
  /** Who looks, as the trail would name them. */
  actor: string;
  token: Html | undefined;
}

interface Act {
  move: keyof typeof MOVES | 'approve';
  title: string;
  about: string;
  button: string;
}

const ACTS: Partial<Record<BatchState, Act>> = {
  validated: {
    move: 'start',
    title: 'Start it',
    about: 'Each row is run once, the first of them right away. It can be paused and ended at any time.',
    button: 'Start',
  },
  running: {
    move: 'pause',
    title: 'Pause it',
    about:
      'No more rows are run, and no more mails are sent, until somebody resumes it. What is being sent goes.',
    button: 'Pause',
  },
  paused: {
    move: 'resume',
    title: 'Resume it',
    about: 'Its mails go on at once, and it goes on with the next row.',
    button: 'Resume',
  },
  stopped: {
    move: 'resume',
    title: 'Resume it',
    about: 'First find out why its mails fail. It goes on with the next row, and counts failures anew.',
    button: 'Resume',
  },
};

/** Of a step the mails are others': it holds none of them back, and ends none. */
const STEP_ACTS: typeof ACTS = {
  running: {
    move: 'pause',
    title: 'Pause it',
    about: 'No more rows are done until somebody resumes it. Mails that are queued by then go.',
    button: 'Pause',
  },
  paused: { move: 'resume', title: 'Resume it', about: 'It goes on with the next row.', button: 'Resume' },
};

const APPROVE: Act = {
  move: 'approve',
  title: 'Approve it',
  about: 'You have looked at the report and at the mails above. Your name goes into the trail.',
  button: 'Approve',
};

const ENDS =
  'Rows that were run stay so. Mails of them that have not begun are not sent, and no other row is run.';
const STEP_ENDS =
  'Rows that were done stay so, and mails of them that are queued by then go. No other row is done.';

const OVER: readonly BatchState[] = ['finished', 'aborted', 'refused'];

/** What its state allows. */
export function actPanels({ batch, shown, actor, token }: Acts): Html | undefined {
  const { state, madeBy } = batch;
  if (OVER.includes(state)) return undefined;
  const isOwn = state === 'awaiting-approval' && madeBy === actor;
  return html`${state === 'awaiting-approval' ? approvalPanel(batch, shown, isOwn, token) : movePanel(batch, token)}
  ${state !== 'validating' && !isOwn && ratePanel(batch, token)} ${abortPanel(batch, token)}`;
}

/** A yes names what was shown, so that nobody says it to something else. */
function approvalPanel(
  batch: SeenBatch,
  shown: Acts['shown'],
  isOwn: boolean,
  token: Html | undefined,
): Html {
  if (isOwn) return ownPanel;
  if (shown === undefined || shown === 'hidden') return blindPanel;
  const seen = html`<input type="hidden" name="seen" value="${shown.revision}" />`;
  return actPanel(`/ops/batches/${batch.id}/approval`, APPROVE, html`${token}${seen}`);
}

const ownPanel = html`<section class="panel" aria-labelledby="own">
  <h2 id="own">Another person has to approve it</h2>
  <p>
    You made it, so that your word alone is not enough. Send the address of this page to a colleague: whoever
    approves it sees what you see.
  </p>
</section>`;

const blindPanel = html`<section class="panel" aria-labelledby="blind">
  <h2 id="blind">Somebody who sees its mails has to approve it</h2>
  <p>
    Your key shows no mails, and nobody approves what they have not seen. Sign in with one that has the scope
    <code>mails</code> too, or send the address of this page to a colleague who has one.
  </p>
</section>`;

function movePanel({ id, action, state }: SeenBatch, token: Html | undefined): Html | undefined {
  const act = isStep(action) ? { ...ACTS, ...STEP_ACTS }[state] : ACTS[state];
  if (!act) return undefined;
  const move = html`<input type="hidden" name="move" value="${act.move}" />`;
  return actPanel(`/ops/batches/${id}/moves`, act, html`${token}${move}`);
}

/** @param hidden what its form says besides. */
function actPanel(action: string, { move, title, about, button }: Act, hidden: Html): Html {
  return html`<form class="panel act" method="post" action="${action}">
    ${hidden}
    <h2>${title}</h2>
    <p id="about-${move}">${about}</p>
    <label for="why-${move}">Why</label>
    <input id="why-${move}" name="reason" required maxlength="500" aria-describedby="about-${move}" />
    <div><button>${button}</button></div>
  </form>`;
}

function ratePanel({ id, rate }: SeenBatch, token: Html | undefined): Html {
  return html`<details class="panel">
    <summary>
      How fast: ${rate === null ? 'as fast as its mails go' : `at most ${counted(rate, 'row')} a second`}
    </summary>
    <form method="post" action="/ops/batches/${id}/rate">
      ${token}
      <label for="rate">Rows a second at most</label>
      <input
        class="narrow"
        id="rate"
        name="rate"
        type="number"
        min="1"
        max="100000"
        value="${rate}"
        aria-describedby="about-rate"
      />
      <p class="soft small" id="about-rate">
        Empty: as fast as its mails go. It counts from the next rows on.
      </p>
      <label for="why-rate">Why</label>
      <input id="why-rate" name="reason" required maxlength="500" />
      <div><button class="quiet">Set it</button></div>
    </form>
  </details>`;
}

function abortPanel({ id, action, state }: SeenBatch, token: Html | undefined): Html {
  const hasRun = ['running', 'paused', 'stopped'].includes(state);
  return html`<details class="panel">
    <summary>End it</summary>
    <form method="post" action="/ops/batches/${id}/moves">
      ${token}
      <input type="hidden" name="move" value="abort" />
      <p>
        ${hasRun ? (isStep(action) ? STEP_ENDS : ENDS) : 'No row is run, and nothing is sent.'} This cannot be
        undone; what was not run can be sent again as a list.
      </p>
      <label for="why-abort">Why</label>
      <input id="why-abort" name="reason" required maxlength="500" />
      <div><button class="quiet">End it</button></div>
    </form>
  </details>`;
}
