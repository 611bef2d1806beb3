import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { MOST, WhyReader } from './why.facts.js';
import type { SubmissionFacts, WhyFacts } from './why.facts.js';
import { failuresOf, storyOf } from './why.mail.js';
import type { WhyMail, WhyPolicy } from './why.mail.js';
import { receiptSentence } from './why.receipts.js';
import {
  aMail,
  at,
  capital,
  eventSentence,
  fallbackSentence,
  mailName,
  nameOf,
  ordinal,
  trySentence,
} from './why.words.js';
import { counted } from '../../terms/counted.js';

/** One thing that happened, in a sentence. */
export interface WhyMoment {
  at: Date;
  kind: 'event' | 'mail' | 'try' | 'receipt' | 'person' | 'parked';
  sentence: string;
  notificationId: string | null;
}

/** Why a taxpayer was or was not told, in words. */
export interface Why {
  taxReturnId: string;
  /** The whole in a sentence. */
  summary: string;
  mails: WhyMail[];
  /** Oldest first. */
  timeline: WhyMoment[];
}

/** Tells the story of a return from its rows: nothing is kept for it, so it is true of old returns too. */
@Injectable()
export class WhyService {
  constructor(
    private readonly reader: WhyReader,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Undefined when nothing of this id was ever heard of. */
  async why(taxReturnId: string): Promise<Why | undefined> {
    const facts = await this.reader.read(taxReturnId);
    return facts && tell(facts, this.settings, new Date());
  }
}

/** Pure. @param policy as it is set now, which is what the sentences say. */
export function tell(facts: WhyFacts, policy: WhyPolicy, now: Date): Why {
  const mails = [
    ...facts.mails.map((mail) => storyOf(mail, facts, policy, now)),
    ...facts.submissions.flatMap((submission) => neverDue(submission, facts, policy)),
  ];
  return {
    taxReturnId: facts.taxReturnId,
    summary: `${summaryOf(facts, mails)}${facts.isCut ? ` Only the newest ${MOST} of a kind are told here.` : ''}`,
    mails,
    timeline: timelineOf(facts),
  };
}

function summaryOf(facts: WhyFacts, mails: WhyMail[]): string {
  const due = mails.filter(({ notificationId }) => notificationId !== null);
  const [untold, open] = [due.filter(isIn('failure')), due.filter(isIn('in-process'))];
  const stranger = facts.isRegistered ? '' : 'This tax return was never registered. ';
  if (due.length === 0) return `${stranger}No mail was ever due to this taxpayer.`;
  const told = due.length - untold.length - open.length;
  if (untold.length === 0 && open.length === 0)
    return `${stranger}Nothing is owed to this taxpayer: ${counted(due.length, 'mail was', 'mails were')} handed over or no longer true.`;
  const parts = [
    ...(untold.length > 0 ? [`${untold.length} not told`] : []),
    ...(open.length > 0 ? [counted(open.length, 'on its way', 'on their way')] : []),
    ...(told > 0 ? [`${told} told or no longer true`] : []),
  ];
  return `${stranger}Of ${counted(due.length, 'mail')}: ${parts.join(', ')}.`;
}

function isIn(standing: WhyMail['standing']) {
  return (mail: WhyMail) => mail.standing === standing;
}

/** Events that made no mail due, each with the rule that says so. */
function neverDue(submission: SubmissionFacts, { mails }: WhyFacts, policy: WhyPolicy): WhyMail[] {
  const has = (template: string, occurrence: string) =>
    mails.some((mail) => mail.template === template && mail.occurrence === occurrence);
  const none = (template: string, sentence: string): WhyMail => ({
    notificationId: null,
    template,
    occurrence: null,
    state: null,
    reason: null,
    standing: null,
    sentences: [sentence],
    todo: null,
    answer: null,
  });
  const confirmed = submission.events.find(({ type }) => type === 'submitted');
  const found: WhyMail[] = [];
  if (confirmed && !has('submitted', submission.id)) {
    const why =
      policy.SUBMITTED_NOTICE === 'off'
        ? 'SUBMITTED_NOTICE is off'
        : 'SUBMITTED_NOTICE was off then, or the mail was erased since';
    found.push(
      none(
        'submitted',
        `No mail for the confirmation of ${nameOf(submission)} at ${at(confirmed.recordedAt)}: ${why}.`,
      ),
    );
  }
  const earlier = earlyFailuresOf(submission, mails, policy);
  return [...found, ...earlier.map((sentence) => none('submission-error', sentence))];
}

/** With SUBMISSION_ERROR_AFTER the failures before the n-th make no mail due at once. */
function earlyFailuresOf(
  submission: SubmissionFacts,
  mails: WhyFacts['mails'],
  { SUBMISSION_ERROR_AFTER }: WhyPolicy,
): string[] {
  return mails
    .filter(
      (mail) => mail.template === 'submission-error' && mail.stage === 'post' && mail.submissionUuid !== null,
    )
    .filter(
      (mail) => mail.occurrence.startsWith(`${submission.id}.`) && !mail.occurrence.includes('.resend-'),
    )
    .flatMap((mail) => {
      const failures = failuresOf(submission, Number(mail.occurrence.split('.')[1]));
      const early = failures.slice(0, Math.max(0, Math.min(failures.length, SUBMISSION_ERROR_AFTER) - 1));
      return early.map(
        ({ recordedAt }, index) =>
          `No mail for the ${ordinal(index + 1)} failure of ${nameOf(submission)}, at ${at(recordedAt)}: SUBMISSION_ERROR_AFTER is ${SUBMISSION_ERROR_AFTER}.`,
      );
    });
}

function timelineOf({ submissions, mails, parked, actions }: WhyFacts): WhyMoment[] {
  const moments: WhyMoment[] = [
    ...submissions.flatMap((submission) => [
      ...submission.events.map((event) =>
        moment('event', event.recordedAt, eventSentence(submission, event)),
      ),
      ...submission.verdicts.map(({ recordedAt, status, word }) =>
        moment('event', recordedAt, `The backup path ${status} ${nameOf(submission)}: it says ${word}.`),
      ),
    ]),
    ...mails.flatMap((mail) => [
      moment('mail', mail.requestedAt, `${capital(aMail(mail))} became due.`, mail.id),
      ...(mail.fellBackAt === null
        ? []
        : [
            moment(
              'mail',
              mail.fellBackAt,
              `${capital(mailName(mail))}: ${fallbackSentence(mail.fellBackAt)}`,
              mail.id,
            ),
          ]),
      ...mail.deliveries.map((one) =>
        moment('try', one.openedAt, `${capital(mailName(mail))}: ${trySentence(one)}`, mail.id),
      ),
      ...mail.receipts.map((one) =>
        moment('receipt', one.occurredAt, `${capital(mailName(mail))}: ${receiptSentence(one)}`, mail.id),
      ),
    ]),
    ...parked.map(({ receivedAt, detail, kind, resolvedAt, notificationId }) =>
      moment(
        'parked',
        receivedAt,
        `A message was put into quarantine (${kind}): ${detail}${resolvedAt ? ` It found its way at ${at(resolvedAt)}.` : ''}`,
        notificationId,
      ),
    ),
    ...actions.map(({ at: when, actor, action, reason, target }) =>
      moment(
        'person',
        when,
        `${actor}: ${action} - ${reason}`,
        mails.some(({ id }) => id === target) ? target : null,
      ),
    ),
  ];
  return moments.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function moment(
  kind: WhyMoment['kind'],
  when: Date,
  sentence: string,
  notificationId: string | null = null,
): WhyMoment {
  return { at: when, kind, sentence, notificationId };
}
