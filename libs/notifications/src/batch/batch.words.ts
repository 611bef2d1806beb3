import { workOf } from './batch.actions.js';
import type { BatchAction } from './batch.actions.js';
import type { MailCounts, RowOutcome } from './batch.outcome.js';
import type { BatchState } from './batch.state.js';

/** What an outcome of a row means, behind a number of rows. */
export const OUTCOME_WORDS: Record<RowOutcome, string> = {
  ready: 'will be run',
  malformed: 'hold no id that can be read',
  unknown: 'name nobody who is registered here',
  repeated: 'name the same id as a row before',
  'same-person': 'are another return of a person who is on the list already',
  'already-told': 'were told before',
  'already-done': 'were done before, and are not done twice',
  superseded: 'are no longer true: nothing is sent, and they are settled as that',
  'not-affected': 'have nothing to be told: it does not apply to them',
  accepted: 'have been accepted since',
  suppressed: 'have an address that nothing is sent to',
  'no-address': 'have no address',
  applied: 'were run',
};

/** The same of a step, whose rows name no returns and tell nobody anything by themselves. */
const STEP_WORDS: Record<RowOutcome, string> = {
  ...OUTCOME_WORDS,
  ready: 'will be done',
  unknown: 'name nothing that is known here',
  repeated: 'name the same as a row before',
  'not-affected': 'are left out: the result of each says why',
  applied: 'were done',
};

/** What the outcomes of an action mean, behind a number of rows. */
export function outcomeWords(action: BatchAction): Record<RowOutcome, string> {
  return 'step' in workOf(action) ? STEP_WORDS : OUTCOME_WORDS;
}

/** What became of its mails, behind a number of mails. */
export const MAIL_WORDS: Record<keyof MailCounts, string> = {
  told: 'told',
  waiting: 'on their way',
  failed: 'failed or came back: somebody has to look',
  uncertain: 'perhaps sent: somebody has to decide',
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
    'Somebody ended it, and its mails that had not begun. What was not run can be run again as a list of its own.',
  refused: 'Nothing of it can be run.',
};
