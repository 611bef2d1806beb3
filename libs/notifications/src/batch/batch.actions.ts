import type { SubmissionEventType } from '#libs/platform/index.js';
import type { Stage, Template } from '../terms/mail.kinds.js';
import type { SubjectKind } from './list.row.js';

/** What a batch does for each of its rows. */
export type BatchAction = keyof typeof actions;

/** A status that is recorded, a mail that is asked for, or what people do by hand, done for each row of a list. */
export type Work = { status: 'error_resolved' | 'submitted' } | MailWork | StepWork;

/** What a service does for one, called for each row: see `RowStep`. Whoever orders it says why. */
export interface StepWork {
  step: StepName;
  names: SubjectKind;
  /** Mails go out by it. */
  mails: boolean;
}

export type StepName = 'remediate' | 'resend' | 'replay' | 'mark-duplicates' | 'import';

export interface MailWork {
  template: Template;
  stage?: Stage;
  /** What is kept of it on the newest submission. */
  event?: SubmissionEventType;
  /** What the counting event of the return has to be. */
  agrees?: SubmissionEventType;
}

/**
 * A row is an action: what it does, and whether people ask for it or only job files. A mail that names a status goes only to
 * those whose counting event agrees.
 */
const actions = {
  'error-resolved': { forPeople: true, status: 'error_resolved' },
  'reminder-submit': { forPeople: true, template: 'reminder-submit', event: 'reminder_submit' },
  'reminder-resubmit': { forPeople: true, template: 'reminder-resubmit', event: 'reminder_resubmit' },
  'reminder-state': { forPeople: true, template: 'reminder-state', event: 'reminder_state' },
  'non-completion-survey': { forPeople: true, template: 'non-completion-survey' },
  'submission-confirmations': { forPeople: true, status: 'submitted' },
  accepted: { forPeople: false, template: 'accepted', agrees: 'accepted' },
  rejected: { forPeople: false, template: 'rejected', agrees: 'rejected' },
  submitted: { forPeople: false, template: 'submitted', agrees: 'submitted' },
  'error-mef': { forPeople: false, template: 'submission-error', stage: 'post', agrees: 'error_mef' },
  'error-xml': { forPeople: false, template: 'submission-error', stage: 'pre', agrees: 'error_xml' },
  remediate: { forPeople: false, step: 'remediate', names: 'submission', mails: false },
  resend: { forPeople: false, step: 'resend', names: 'notificationId', mails: true },
  replay: { forPeople: false, step: 'replay', names: 'quarantineId', mails: true },
  'mark-duplicates': { forPeople: false, step: 'mark-duplicates', names: 'submission', mails: false },
  import: { forPeople: false, step: 'import', names: 'legacy', mails: false },
  // Of an object that nobody has looked into yet: it is refused before it has a row, if nothing in it says what is to be done.
  unknown: { forPeople: false, status: 'error_resolved' },
} as const satisfies Record<string, Work & { forPeople: boolean }>;

/** Those that people ask for. */
export const BATCH_ACTIONS = (Object.keys(actions) as BatchAction[]).filter(
  (name) => actions[name].forPeople,
);

/** Steps that mails go out by: each row names its own. */
export const MAILING_STEPS = (Object.keys(actions) as BatchAction[]).filter(isMailingStep);

export function isBatchAction(name: string): name is BatchAction {
  return Object.hasOwn(actions, name);
}

export function workOf(action: BatchAction): Work {
  return actions[action];
}

/** Is it what people do by hand, done for each row? */
export function isStep(action: BatchAction): boolean {
  return 'step' in workOf(action);
}

/** Do mails go out by it, which its rows name? */
export function isMailingStep(action: BatchAction): boolean {
  const work = workOf(action);
  return 'step' in work && work.mails;
}

/** What a row names: a tax return, a submission with its receipt, or what a step is about. */
export function subjectOf(action: BatchAction): SubjectKind {
  const work = workOf(action);
  if ('step' in work) return work.names;
  return action === 'submission-confirmations' ? 'submissionId' : 'taxReturnId';
}

/** What makes a reminder another one than the last: its campaign, and the state where it is about one. */
export function occurrenceOf(campaign: string, topic: string | null): string {
  return topic === null ? campaign : `${campaign}.${topic}`;
}
