import type { BatchAction, BatchState, SeenBatch } from '#libs/notifications/index.js';
import { html } from '../../pages/html.js';
import type { Html } from '../../pages/html.js';

/** What a batch tells those on its list. */
export const ACTION_NAMES: Record<BatchAction, string> = {
  'error-resolved': 'The error is fixed: submit again',
  'reminder-submit': 'Reminder to submit',
  'reminder-resubmit': 'Reminder to submit again',
  'reminder-state': 'Reminder of the state return',
  'non-completion-survey': 'Survey of those who did not finish',
  'submission-confirmations': 'The submission arrived',
  resend: 'Mails sent again',
  'mark-duplicates': 'Duplicates of what arrived',
  replay: 'Messages put through their doors again',
  remediate: 'Mended elsewhere',
  import: 'History of another system',
  accepted: 'Mail “accepted”',
  rejected: 'Mail “rejected”',
  submitted: 'Mail “submitted”',
  'error-mef': 'Mail of an error after submission',
  'error-xml': 'Mail of an error before submission',
  unknown: 'Not known before its list is read',
};

/** Where a batch stands, in a word or two, and how grave that is. */
export const STATE_NAMES: Record<
  BatchState,
  { word: string; tone: 'good' | 'warn' | 'bad' | 'plain' | 'busy' }
> = {
  validating: { word: 'is looked at', tone: 'busy' },
  validated: { word: 'waits for its start', tone: 'warn' },
  'awaiting-approval': { word: 'waits for an approval', tone: 'warn' },
  running: { word: 'runs', tone: 'busy' },
  paused: { word: 'paused', tone: 'warn' },
  stopped: { word: 'stopped by itself', tone: 'bad' },
  finished: { word: 'finished', tone: 'good' },
  aborted: { word: 'ended early', tone: 'plain' },
  refused: { word: 'refused', tone: 'bad' },
};

export function stateBadge(state: BatchState): Html {
  const { word, tone } = STATE_NAMES[state];
  return html`<span class="badge ${tone}">${word}</span>`;
}

/** What it tells, and of which state where it is about one. */
export function titleOf({ action, topic }: Pick<SeenBatch, 'action' | 'topic'>): string {
  return topic === null ? ACTION_NAMES[action] : `${ACTION_NAMES[action]}, ${topic}`;
}

const ORIGINS: Record<string, string> = {
  upload: 'sent as a file',
  terminal: 'from the terminal',
  object: 'from S3',
  filter: 'found by the service',
};

/** Where its list comes from. What others called it may run from right to left: it stays apart. */
export function listOf({ origin, name }: Pick<SeenBatch, 'origin' | 'name'>): Html {
  const from = ORIGINS[origin] ?? origin;
  return html`${from}${name !== null && html`: <bdi><code>${name}</code></bdi>`}`;
}
