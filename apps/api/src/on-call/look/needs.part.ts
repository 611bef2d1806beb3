import { parkedTodo, saidOf, saidOfGuard, unknownWords } from '#libs/notifications/index.js';
import type {
  NeedGroup,
  Outgoing,
  ParkedGroup,
  Pause,
  UnreachableCount,
  WaitingBatches,
} from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';
import { addressOf } from '../on-call.query.js';
import type { OnCallQuery } from '../on-call.query.js';
import { ageInWords } from '../time.words.js';
import { counted, NEED_WORDS, pausableName } from '../words.js';

/** Submissions that did not reach the authority. */
export interface Lost {
  submissions: number;
  /** When the oldest of them was made. */
  since: Date;
}

/** All that needs a person, whatever the filter. */
export interface Needs {
  outgoing: Outgoing;
  groups: readonly NeedGroup[];
  parked: readonly ParkedGroup[];
  lost: Lost | undefined;
  /** Of the mails in the groups: those that have no address left. */
  unreachable: UnreachableCount | undefined;
  /** Batches that go no further without a person. */
  batches: readonly WaitingBatches[];
  /** Of these, what a guard paused needs a person. */
  pauses: readonly Pause[];
}

/** The one answer for the whole page: whether anything on it may be in green. */
export function needsSomebody({ outgoing, groups, parked, lost, batches, pauses }: Needs): boolean {
  const isOne = Boolean(outgoing.relay ?? outgoing.late ?? outgoing.second ?? lost);
  return isOne || [groups, parked, batches, pauses.filter(isOfAGuard)].some((list) => list.length > 0);
}

/** What needs a person now, by reason: how many, since when, why in words, and what to do. */
export function needsPanel(needs: Needs, query: OnCallQuery, now: Date): Html {
  const { groups, parked, lost, unreachable, batches, pauses } = needs;
  const rows = [
    ...pauses.filter(isOfAGuard).map((pause) => guardRow(pause, now)),
    ...(lost ? [lostRow(lost, now)] : []),
    ...(unreachable ? [unreachableRow(unreachable, now)] : []),
    ...batches.map((waiting) => batchesRow(waiting, now)),
    ...groups.map((group) => mailsRow(group, query, now)),
    ...parked.map((group) => parkedRow(group, now)),
  ];
  return html`<section class="panel" aria-labelledby="needs">
    <h2 id="needs">Needs a person now</h2>
    ${
      rows.length === 0
        ? needsSomebody(needs)
          ? html`<p class="soft">What stands above; nothing else.</p>`
          : html`<p class="say good">Nothing.</p>`
        : html`<ul class="needs many">
            ${rows}
          </ul>`
    }
  </section>`;
}

type GuardsPause = Pause & { guard: string };

function isOfAGuard(pause: Pause): pause is GuardsPause {
  return pause.guard !== null;
}

function guardRow({ guard, template, reason, since, waiting }: GuardsPause, now: Date): Html {
  const { why, todo } = saidOfGuard(guard);
  return html`<li>
    <a class="badge bad" href="/ops#pauses">${pausableName(template)} paused by a guard</a>
    <p>
      ${why} ${reason}
      <span class="soft"
        >For ${ageInWords(since, now)}; ${counted(waiting, 'mail')} ${waiting === 1 ? 'waits' : 'wait'}.</span
      >
    </p>
    <p class="todo"><strong>Now:</strong> ${todo}</p>
  </li>`;
}

function lostRow({ submissions, since }: Lost, now: Date): Html {
  return html`<li>
    <a class="badge bad" href="/ops/submissions"
      >${counted(submissions, 'submission')} did not reach the authority</a
    >
    <p>
      Nothing says that ${submissions === 1 ? 'it' : 'they'} did, whether or not the taxpayer was told.
      <span class="soft">The oldest: ${ageInWords(since, now)}.</span>
    </p>
    <p class="todo">
      <strong>Now:</strong> Open the oldest, mark it if it is a duplicate, else send it by another path; then
      keep what you did.
    </p>
  </li>`;
}

function unreachableRow({ mails, since, isAll, lookedAt }: UnreachableCount, now: Date): Html {
  if (since === null)
    return html`<li>
      <a class="badge warn" href="/ops/unreachable">Perhaps mails without any address left</a>
      <p>${unknownWords({ lookedAt })}</p>
      <p class="todo">
        <strong>Now:</strong> Walk through the list; the CSV and the terminal have all of it.
      </p>
    </li>`;
  return html`<li>
    <a class="badge bad" href="/ops/unreachable"
      >${counted(mails, 'mail')}${isAll ? '' : ' or more'} without any address left</a
    >
    <p>
      No mail reaches these taxpayers: nobody gave an address, or none that was given takes mails.
      <span class="soft">The oldest: ${ageInWords(since, now)}.</span>
    </p>
    <p class="todo"><strong>Now:</strong> Write or call, and keep that you did: told by other means.</p>
  </li>`;
}

const BATCH_WORDS: Record<
  WaitingBatches['state'],
  { word: string; tone: string; why: string; todo: string }
> = {
  stopped: {
    word: 'stopped by itself',
    tone: 'bad',
    why: 'Too many of the last mails fail or come back. Nobody else on the list is told meanwhile.',
    todo: 'Open it, find out why its mails fail, then resume or end it.',
  },
  'awaiting-approval': {
    word: 'waiting for an approval',
    tone: 'warn',
    why: 'So large that another person than the one who made it has to look first.',
    todo: 'Open it, look at the report and at the mails, then approve or end it.',
  },
};

function batchesRow({ state, batches, first, since }: WaitingBatches, now: Date): Html {
  const { word, tone, why, todo } = BATCH_WORDS[state];
  const address = batches === 1 ? `/ops/batches/${first}` : '/ops/batches';
  return html`<li>
    <a class="badge ${tone}" href="${address}">${counted(batches, 'batch', 'batches')} ${word}</a>
    <p>${why} <span class="soft">The oldest was made ${ageInWords(since, now)} ago.</span></p>
    <p class="todo"><strong>Now:</strong> ${todo}</p>
  </li>`;
}

function mailsRow({ need, reason, mails, since }: NeedGroup, query: OnCallQuery, now: Date): Html {
  const { why, todo } = saidOf({ need, reason });
  const { word, tone } = NEED_WORDS[need];
  const address = `${addressOf('/ops', { last: query.last, need, reason: reason ?? undefined })}#mails`;
  return html`<li>
    <a class="badge ${tone}" href="${address}">${counted(mails, 'mail')} ${word}</a>
    <p>${why} <span class="soft">The oldest: ${ageInWords(since, now)}.</span></p>
    <p class="todo"><strong>Now:</strong> ${todo}</p>
  </li>`;
}

const PARKED_WORDS: Record<ParkedGroup['kind'], { word: string; tone: string }> = {
  unreadable: { word: 'unreadable', tone: 'bad' },
  refused: { word: 'refused', tone: 'bad' },
  unmatched: { word: 'waiting', tone: 'warn' },
};

function parkedRow({ kind, reason, detail, entries, since }: ParkedGroup, now: Date): Html {
  const { word, tone } = PARKED_WORDS[kind];
  return html`<li>
    <a class="badge ${tone}" href="${addressOf('/ops/quarantine', { kind, reason })}"
      >${counted(entries, 'message')} ${word}</a
    >
    <p>
      ${detail} <span class="soft"><code>${reason}</code>, the oldest: ${ageInWords(since, now)}.</span>
    </p>
    <p class="todo"><strong>Now:</strong> ${parkedTodo({ kind, reason })}</p>
  </li>`;
}
