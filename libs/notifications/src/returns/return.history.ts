import type { SubmissionEventType } from '#libs/platform/index.js';

/** What is known of one tax return: its submissions and what happened to each, events in order of arrival. */
export interface ReturnHistory {
  taxReturnId: string;
  submissions: SubmissionHistory[];
}

export interface SubmissionHistory {
  id: string;
  submissionId: string | null;
  receiptId: string | null;
  submissionReceivedAt: Date | null;
  createdAt: Date;
  events: EventFact[];
}

export interface EventFact {
  type: SubmissionEventType;
  source: string;
  /** When we heard of it. */
  recordedAt: Date;
}

const failures: SubmissionEventType[] = ['error_xml', 'error_mef'];

export function isFailure(type: SubmissionEventType): boolean {
  return failures.includes(type);
}

export function has(submission: SubmissionHistory, type: SubmissionEventType): boolean {
  return submission.events.some((event) => event.type === type);
}

/** The submission that counts as the newest: by createdAt, then id. */
export function newestOf(submissions: SubmissionHistory[]): SubmissionHistory | undefined {
  return submissions.reduce<SubmissionHistory | undefined>(
    (newest, candidate) => (newest === undefined || isNewer(candidate, newest) ? candidate : newest),
    undefined,
  );
}

function isNewer(a: SubmissionHistory, b: SubmissionHistory): boolean {
  const byTime = a.createdAt.getTime() - b.createdAt.getTime();
  return byTime > 0 || (byTime === 0 && a.id > b.id);
}

export function acceptedSubmissionOf(history: ReturnHistory): SubmissionHistory | undefined {
  return newestOf(history.submissions.filter((submission) => has(submission, 'accepted')));
}

/** 1 + the number of its error_resolved events. */
export function episodeOf(submission: SubmissionHistory): number {
  return 1 + submission.events.filter((event) => event.type === 'error_resolved').length;
}

/** The failures since the last error_resolved. */
export function openFailuresOf(submission: SubmissionHistory): EventFact[] {
  const resolved = submission.events.findLastIndex((event) => event.type === 'error_resolved');
  return submission.events.slice(resolved + 1).filter((event) => isFailure(event.type));
}
