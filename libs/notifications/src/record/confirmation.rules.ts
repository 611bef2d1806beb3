import type { Settings } from '#libs/platform/index.js';
import type { Stage, Template } from '../terms/mail.kinds.js';
import { acceptedSubmissionOf, episodeOf, has, newestOf, openFailuresOf } from '../returns/return.history.js';
import type { ReturnHistory, SubmissionHistory } from '../returns/return.history.js';
import type { StatusEntry } from '../terms/entries.js';

/** What has become due by an event: one mail, unique by (tax return, template, occurrence). */
export interface DueMail {
  template: Template;
  occurrence: string;
  stage?: Stage;
  /** Milliseconds from now. */
  delay: number;
}

/** What is to be done with one entry. Every reason is one of a closed list; the sentence is for people. */
export type Decision =
  | {
      outcome: 'applied';
      submission: SubmissionHistory;
      opens: boolean;
      adopts: boolean;
      occurrence: string;
      due: DueMail[];
    }
  | { outcome: 'duplicate'; reason: string; sentence: string }
  | { outcome: 'refused'; reason: string; sentence: string }
  | { outcome: 'parked'; reason: string; sentence: string };

export type Policy = Pick<
  Settings,
  'SUBMITTED_NOTICE' | 'SUBMISSION_ERROR_AFTER' | 'SUBMISSION_ERROR_WITHIN'
>;

/** An entry with its source: queue message id and index, or Idempotency-Key and index. */
export interface SourcedEntry {
  entry: StatusEntry;
  source: string;
}

/**
 * The rules of the record: what an entry means for a return, given all that is known of it. Pure: reads the history,
 * changes nothing. `history` is undefined where neither the return nor the submission is known.
 * @param newId the id of a submission that has to be opened.
 */
export function decide(
  { entry, source }: SourcedEntry,
  history: ReturnHistory | undefined,
  policy: Policy,
  newId: () => string,
): Decision {
  if (!history) return park(entry, 'unknown-tax-return');
  if (history.submissions.some((submission) => submission.events.some((event) => event.source === source))) {
    return { outcome: 'duplicate', reason: 'same-entry', sentence: 'This very entry was applied before.' };
  }
  const target = findTarget(entry, history, newId);
  if ('outcome' in target) return target;
  const { submission } = target;
  const applied = (due: DueMail[], occurrence = ''): Decision => ({
    outcome: 'applied',
    opens: false,
    adopts: false,
    ...target,
    occurrence,
    due,
  });

  switch (entry.status) {
    case 'submitted':
      if (has(submission, 'submitted')) return repeated('submitted');
      return applied(
        policy.SUBMITTED_NOTICE === 'off'
          ? []
          : [{ template: 'submitted', occurrence: submission.id, delay: 0 }],
      );
    case 'accepted':
      if (has(submission, 'accepted')) return repeated('accepted');
      return applied([{ template: 'accepted', occurrence: submission.id, delay: 0 }]);
    case 'rejected':
      if (has(submission, 'accepted'))
        return refuse('accepted-beats-rejected', 'The submission is accepted; a rejection no longer counts.');
      if (has(submission, 'rejected')) return repeated('rejected');
      return applied([{ template: 'rejected', occurrence: submission.id, delay: 0 }]);
    case 'error_xml':
      return applied([failureMail(submission, 'pre', 0)], source);
    case 'error_mef': {
      const isTold = openFailuresOf(submission).length + 1 >= policy.SUBMISSION_ERROR_AFTER;
      return applied([failureMail(submission, 'post', isTold ? 0 : policy.SUBMISSION_ERROR_WITHIN)], source);
    }
    case 'error_resolved':
      return resolve(submission, history, applied);
  }
}

/** Makes an applied entry part of the history that the next one is judged by. The first receipt stays, whatever comes later. */
export function record(
  decision: Decision & { outcome: 'applied' },
  entry: StatusEntry,
  source: string,
  history: ReturnHistory,
): void {
  const { submission } = decision;
  if (decision.opens) history.submissions.push(submission);
  if (decision.adopts) submission.submissionId = entry.submissionId ?? null;
  if (entry.status === 'submitted') {
    submission.receiptId ??= entry.receiptId ?? null;
    submission.submissionReceivedAt ??= entry.occurredAt ?? null;
  }
  submission.events.push({ type: entry.status, source, recordedAt: new Date() });
}

/** The tax return must be open, and its newest submission must have failed since the last repair, told or not. */
function resolve(
  submission: SubmissionHistory,
  history: ReturnHistory,
  applied: (due: DueMail[], occurrence: string) => Decision,
): Decision {
  if (acceptedSubmissionOf(history))
    return refuse('already-accepted', 'The tax return is accepted; there is nothing to submit again.');
  if (submission !== newestOf(history.submissions))
    return refuse('not-newest', 'A newer submission of this tax return exists.');
  const episode = episodeOf(submission);
  if (openFailuresOf(submission).length > 0) {
    return applied(
      [{ template: 'error-resolved', occurrence: `${submission.id}.${episode}`, delay: 0 }],
      String(episode),
    );
  }
  if (episode > 1) return repeated('error_resolved');
  return refuse('no-open-failure', 'The newest submission has no open failure.');
}

function failureMail(submission: SubmissionHistory, stage: Stage, delay: number): DueMail {
  return {
    template: 'submission-error',
    stage,
    occurrence: `${submission.id}.${episodeOf(submission)}`,
    delay,
  };
}

/** The submission that an entry is about, by the authority's id first. */
function findTarget(
  entry: StatusEntry,
  history: ReturnHistory,
  newId: () => string,
): { submission: SubmissionHistory; adopts?: boolean; opens?: boolean } | Decision {
  if (entry.taxReturnId && entry.taxReturnId !== history.taxReturnId) {
    return refuse('other-return', 'The submission belongs to another tax return than the message says.');
  }
  const newest = newestOf(history.submissions);
  if (entry.submissionId) {
    const matching = history.submissions.find((submission) => submission.submissionId === entry.submissionId);
    if (matching) return { submission: matching };
    // Only a confirmation may give its id to a submission that has none: a failure for an unknown id is nobody's yet.
    if (entry.status === 'submitted' && newest?.submissionId === null)
      return { submission: newest, adopts: true };
    return park(entry, entry.status === 'submitted' ? 'awaits-adoption' : 'unknown-submission');
  }
  switch (entry.status) {
    case 'accepted':
    case 'rejected':
      return refuse('no-submission-id', 'An acceptance or rejection needs the submissionId.');
    case 'submitted':
    case 'error_resolved':
      return newest ? { submission: newest } : park(entry, 'no-submission');
    case 'error_xml':
    case 'error_mef': {
      const open = newestOf(
        history.submissions.filter(
          (submission) => !has(submission, 'accepted') && !has(submission, 'rejected'),
        ),
      );
      return open ? { submission: open } : { submission: emptySubmission(newId()), opens: true };
    }
  }
}

function emptySubmission(id: string): SubmissionHistory {
  return {
    id,
    submissionId: null,
    receiptId: null,
    submissionReceivedAt: null,
    createdAt: new Date(),
    events: [],
  };
}

/** What an entry waits for; the sweep asks for the same. */
const waits = {
  'unknown-tax-return': 'No such tax return is registered yet; it waits for one.',
  'unknown-submission': 'No submission with this id is registered yet; it waits for one.',
  'awaits-adoption': 'No submission of this tax return has or may take this id yet; it waits for one.',
  'no-submission': 'No submission of this tax return is registered yet; it waits for one.',
};

function park(entry: StatusEntry, reason: keyof typeof waits): Decision {
  const named =
    reason === 'unknown-tax-return' && entry.submissionId && entry.status !== 'submitted'
      ? 'unknown-submission'
      : reason;
  return { outcome: 'parked', reason: named, sentence: waits[named] };
}

function refuse(reason: string, sentence: string): Decision {
  return { outcome: 'refused', reason, sentence };
}

function repeated(what: string): Decision {
  return {
    outcome: 'duplicate',
    reason: `already-${what.replace('_', '-')}`,
    sentence: `The submission is recorded as ${what} already.`,
  };
}
