import { acceptedSubmissionOf, episodeOf, has } from '../returns/return.history.js';
import type { ReturnHistory, SubmissionHistory } from '../returns/return.history.js';
import { statusOf } from '../returns/return.status.js';
import type { Template } from '../terms/mail.kinds.js';

/** As much of a notification as it takes to ask whether it is still due. */
export interface DueNotification {
  template: string;
  occurrence: string;
  submissionUuid: string | null;
  notAfter: Date | null;
  /** A caller asked for it by name. */
  isAsked: boolean;
  /** What a person decided not to ask when its turn comes. */
  overruled: readonly string[];
}

/** What a person may decide not to ask of a mail when its turn comes, each by its name. */
export type Overruled = 'superseded' | 'too-late' | 'suppressed';

/** What took the place of a mail. */
export type SupersededReason =
  | 'superseded-by-acceptance'
  | 'superseded-by-rejection'
  | 'superseded-by-resolution'
  | 'superseded-by-submission';

/** Mails whose very sense depends on where the return stands, whoever asked for them. */
const reminders: Template[] = [
  'reminder-submit',
  'reminder-resubmit',
  'reminder-state',
  'non-completion-survey',
];

/** Asked when a mail's turn comes: is it still true? Undefined when it is; else why not. */
export function whyNotDue(
  notification: DueNotification,
  history: ReturnHistory,
  now: Date,
): 'too-late' | SupersededReason | undefined {
  const overruled = (name: Overruled) => notification.overruled.includes(name);
  // What took its place tells the taxpayer, so nobody is to be called because it is too late as well.
  const superseded = overruled('superseded') ? undefined : supersededBy(notification, history);
  return superseded ?? (isTooLate(notification, now) && !overruled('too-late') ? 'too-late' : undefined);
}

/** Whoever asked for it named an instant, and that has passed. */
export function isTooLate({ notAfter }: Pick<DueNotification, 'notAfter'>, now: Date): boolean {
  return notAfter !== null && notAfter < now;
}

/** What happened that takes its place; undefined while it is true. */
export function supersededBy(
  notification: Omit<DueNotification, 'overruled'>,
  history: ReturnHistory,
): SupersededReason | undefined {
  const submission = history.submissions.find((candidate) => candidate.id === notification.submissionUuid);
  const accepted = acceptedSubmissionOf(history) !== undefined;
  const isReminder = reminders.includes(notification.template as Template);
  if (notification.isAsked && !isReminder) return undefined;
  switch (notification.template as Template) {
    case 'accepted':
    case 'reminder-state':
      return undefined;
    case 'submitted':
      if (accepted) return 'superseded-by-acceptance';
      return submission && has(submission, 'rejected') ? 'superseded-by-rejection' : undefined;
    case 'submission-error':
      if (accepted) return 'superseded-by-acceptance';
      return isResolved(notification, submission) ? 'superseded-by-resolution' : undefined;
    case 'error-resolved':
    case 'rejected':
      return accepted ? 'superseded-by-acceptance' : undefined;
    case 'reminder-submit':
    case 'reminder-resubmit':
    case 'non-completion-survey': {
      if (accepted) return 'superseded-by-acceptance';
      const status = statusOf(history);
      return status && !status.editable ? 'superseded-by-submission' : undefined;
    }
  }
}

/** The occurrence of an error mail ends in its episode: a later episode means that this one is resolved. */
function isResolved(
  { occurrence }: Pick<DueNotification, 'occurrence'>,
  submission: SubmissionHistory | undefined,
): boolean {
  const [uuid, episode] = occurrence.split('.');
  return submission !== undefined && submission.id === uuid && Number(episode) < episodeOf(submission);
}
