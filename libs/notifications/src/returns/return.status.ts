import { acceptedSubmissionOf, has, isFailure, newestOf } from './return.history.js';
import type { EventFact, ReturnHistory, SubmissionHistory } from './return.history.js';

/** The four values that a filing client knows. */
export type StatusValue = 'Pending' | 'Accepted' | 'Rejected' | 'Error';

export interface ReturnStatus {
  status: StatusValue;
  /** May the taxpayer change the return and submit it again? */
  editable: boolean;
  /** May the state filing tool take it over? */
  exportable: boolean;
  /** The submission that the answer is about. */
  counting: SubmissionHistory;
  /** The event that decided it, if any did. */
  event: EventFact | undefined;
}

/**
 * The status of a return, its editability and its exportability, from events only: an accepted submission wins, else the
 * newest counts. Undefined while there is no submission.
 */
export function statusOf(history: ReturnHistory): ReturnStatus | undefined {
  const accepted = acceptedSubmissionOf(history);
  if (accepted) return answer('Accepted', accepted, eventOf(accepted, 'accepted'), false);
  const newest = newestOf(history.submissions);
  if (!newest) return undefined;
  if (has(newest, 'rejected')) return answer('Rejected', newest, eventOf(newest, 'rejected'), true);
  const last = newest.events.findLast((event) => !event.type.startsWith('reminder_'));
  if (last && isFailure(last.type)) return answer('Error', newest, last, true);
  return answer('Pending', newest, last, last?.type === 'error_resolved');
}

function answer(
  status: StatusValue,
  counting: SubmissionHistory,
  event: EventFact | undefined,
  editable: boolean,
): ReturnStatus {
  const exportable = status === 'Accepted' || (status === 'Pending' && counting.receiptId !== null);
  return { status, editable, exportable, counting, event };
}

function eventOf(submission: SubmissionHistory, type: EventFact['type']): EventFact | undefined {
  return submission.events.find((event) => event.type === type);
}
