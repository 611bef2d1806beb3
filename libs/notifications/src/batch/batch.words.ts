import { isStep } from './batch.actions.js';
import type { BatchAction } from './batch.actions.js';
import type { Wording } from '../terms/counted.js';
import type { MailCounts, RowOutcome } from './batch.outcome.js';
import type { BatchState } from './batch.state.js';

/** What an outcome of a row means, behind a number of rows. */
export const OUTCOME_WORDS: Record<RowOutcome, Wording> = {
  ready: { one: 'will be run', many: 'will be run' },
  malformed: { one: 'holds no id that can be read', many: 'hold no id that can be read' },
  unknown: { one: 'names nobody who is registered here', many: 'name nobody who is registered here' },
  repeated: { one: 'names the same id as a row before', many: 'name the same id as a row before' },
  'same-person': {
    one: 'is another return of a person who is on the list already',
    many: 'are other returns of people who are on the list already',
  },
  'already-told': { one: 'was told before', many: 'were told before' },
  'already-done': {
    one: 'was done before, and is not done twice',
    many: 'were done before, and are not done twice',
  },
  superseded: {
    one: 'is no longer true: nothing is sent, and it is settled as that',
    many: 'are no longer true: nothing is sent, and they are settled as that',
  },
  'not-affected': {
    one: 'has nothing to be told: it does not apply to it',
    many: 'have nothing to be told: it does not apply to them',
  },
  accepted: { one: 'has been accepted since', many: 'have been accepted since' },
  suppressed: {
    one: 'has an address that nothing is sent to',
    many: 'have an address that nothing is sent to',
  },
  'no-address': { one: 'has no address', many: 'have no address' },
  applied: { one: 'was run', many: 'were run' },
};

/** The same of a step, whose rows name no returns and tell nobody anything by themselves. */
const STEP_WORDS: Record<RowOutcome, Wording> = {
  ...OUTCOME_WORDS,
  ready: { one: 'will be done', many: 'will be done' },
  unknown: { one: 'names nothing that is known here', many: 'name nothing that is known here' },
  repeated: { one: 'names the same as a row before', many: 'name the same as a row before' },
  'not-affected': {
    one: 'is left out: its result says why',
    many: 'are left out: the result of each says why',
  },
  applied: { one: 'was done', many: 'were done' },
};

/** What the outcomes of an action mean, behind a number of rows. */
export function outcomeWords(action: BatchAction): Record<RowOutcome, Wording> {
  return isStep(action) ? STEP_WORDS : OUTCOME_WORDS;
}

/** What became of its mails, behind a number of mails. */
export const MAIL_WORDS: Record<keyof MailCounts, Wording> = {
  told: { one: 'told', many: 'told' },
  waiting: { one: 'on its way', many: 'on their way' },
  failed: {
    one: 'failed or came back: somebody has to look',
    many: 'failed or came back: somebody has to look',
  },
  uncertain: {
    one: 'perhaps sent: somebody has to decide',
    many: 'perhaps sent: somebody has to decide',
  },
};

/** Of one that was over for so long that nobody can be told what became of each row. */
export const ROWS_REMOVED =
  'Its rows are not kept any more: they were removed some time after its end (BATCH_KEEP_FOR). Its counts stay, and who did what.';

/** Where a batch stands, and what can be done about it. */
export const STATE_WORDS: Record<BatchState, string> = {
  validating: 'Its rows are read and looked at.',
  validated: 'All rows are looked at. Nothing is sent until somebody starts it.',
  'awaiting-approval': 'It is so large that another person than the one who made it has to approve it.',
  running: 'It runs.',
  paused:
    'Somebody paused it. Nothing of it is sent until somebody resumes it; then it goes on where it was.',
  stopped:
    'It stopped by itself: too many of its mails fail or come back. The rest waits until somebody resumes it.',
  finished: 'Every row has its result.',
  aborted:
    'Somebody ended it: its mails that had not begun are not sent. What was not run can be run again as a list of its own.',
  refused: 'Nothing of it can be run.',
};

/** Of a step the mails are others': it holds none of them back, and ends none. */
const STEP_STATE_WORDS: Record<BatchState, string> = {
  ...STATE_WORDS,
  validated: 'All rows are looked at. Nothing is done until somebody starts it.',
  paused:
    'Somebody paused it. No further row is done until somebody resumes it; mails that are queued by then go.',
  stopped:
    'It stopped by itself: too many of the mails of its rows fail or come back. No further row is done until somebody resumes it.',
  aborted:
    'Somebody ended it: no further row is done. Mails that were queued by then go. What was not done can be done again as a list of its own.',
};

/** Of one whose report comes without a mail to look at. */
export function noSampleWords(action: BatchAction): string {
  return action === 'replay'
    ? 'Which mails its rows bring about is known only when each message is put through its door.'
    : 'No row of it brings about a mail.';
}

/** The reason of one that was to end with its report. */
export const DRY_RUN = 'dry-run';
const DRY_RUN_WORDS = 'It was a dry run: it ended with its report, and nothing was done.';

/** Where this one stands, and what can be done about it. */
export function stateWords({ action, state, reason }: StoodBatch): string {
  if (reason === DRY_RUN) return DRY_RUN_WORDS;
  return (isStep(action) ? STEP_STATE_WORDS : STATE_WORDS)[state];
}

/** The same with why, where it says more than that. */
export function standingWords(batch: StoodBatch & { detail: string | null }): string[] {
  const { reason, detail } = batch;
  return [stateWords(batch), ...(reason === null || reason === DRY_RUN || detail === null ? [] : [detail])];
}

interface StoodBatch {
  action: BatchAction;
  state: BatchState;
  reason: string | null;
}
