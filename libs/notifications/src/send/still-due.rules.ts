import { acceptedSubmissionOf, episodeOf, has } from '../record/return.history.js';
import type { ReturnHistory, SubmissionHistory } from '../record/return.history.js';
import { statusOf } from '../record/return.status.js';
import type { Template } from '../request/notification.template.js';

/** As much of a notification as it takes to ask whether it is still due. */
export interface DueNotification {
  template: string;
  occurrence: string;
  submissionUuid: string | null;
  notAfter: Date | null;
  /** A caller asked for it by name. */
  isAsked: boolean;
  /** A person decided that it is sent whatever happened since. */
  isForced: boolean;
}

/** Why a mail is withheld when its turn comes. */
export type WithheldReason =
  | 'too-late'
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
): WithheldReason | undefined {
  if (notification.isForced) return undefined;
  if (notification.notAfter && notification.notAfter < now) return 'too-late';
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
function isResolved({ occurrence }: DueNotification, submission: SubmissionHistory | undefined): boolean {
  const [uuid, episode] = occurrence.split('.');
  return submission !== undefined && submission.id === uuid && Number(episode) < episodeOf(submission);
}
