import type { Settings } from '#libs/platform/index.js';
import { standingOf } from '../../standing/told.js';
import type { Standing } from '../../standing/told.js';
import { decidingOf } from '../../receipts/kept.receipts.js';
import { laneOf } from '../../terms/mail.kinds.js';
import type { Overruled } from '../../send/still-due.rules.js';
import { originalOf, resendNumberOf } from '../resend/resend.rules.js';
import { wordsFor } from '../reason.words.js';
import { bounceWordsFor } from '../bounce.words.js';
import { addressSentence, addressTodo, receiptSentence } from './why.receipts.js';
import { unreachableTodo } from '../unreachable/unreachable.words.js';
import { TOLD_BY_OTHER_MEANS } from '../../send/notification.reason.js';
import { aMail, at, fallbackSentence, mailName, nameOf, ordinal, span, trySentence } from './why.words.js';
import type { MailFacts, SubmissionFacts, WhyFacts } from './why.facts.js';

/** One mail that was or was not sent, and the rules that passed or failed. */
export interface WhyMail {
  /** Null: no event made such a mail due. */
  notificationId: string | null;
  template: string;
  occurrence: string | null;
  state: string | null;
  reason: string | null;
  /** Was the taxpayer told by it? Null where none was due. */
  standing: Standing | null;
  /** In order: what made it due, what held it up, how it ended. */
  sentences: string[];
  /** What to do now; null when nothing is to be done. */
  todo: string | null;
  /** What the other server said of a mail that came back, else the last answer of the relay: as it came, without addresses. */
  answer: string | null;
}

export type WhyPolicy = Pick<
  Settings,
  'SUBMITTED_NOTICE' | 'SUBMISSION_ERROR_AFTER' | 'SUBMISSION_ERROR_WITHIN' | 'TOLD_WITHIN'
>;

/** The story of a mail that is on record. */
export function storyOf(mail: MailFacts, facts: WhyFacts, policy: WhyPolicy, now: Date): WhyMail {
  const standing = standingOf(mail, now, policy.TOLD_WITHIN);
  const bounce = decidingOf(mail, mail.receipts);
  const answered = mail.deliveries.findLast(({ response }) => response !== null);
  const { sentence, todo } = endOf(mail, facts, standing, now);
  const address = addressSentence(mail, standing);
  return {
    notificationId: mail.id,
    template: mail.template,
    occurrence: mail.occurrence,
    state: mail.state,
    reason: mail.reason,
    standing,
    sentences: [
      whyDue(mail, facts, policy),
      ...mail.overruled.map(
        (name) =>
          `A person decided that it is sent although it ${OVERRULED_WORDS[name] ?? `was \`${name}\``}.`,
      ),
      ...happened(mail),
      sentence,
      ...(address === undefined ? [] : [address]),
    ],
    todo:
      standing === 'failure' && mail.hasNoAddressLeft
        ? unreachableTodo(mail.state)
        : (addressTodo(mail, standing) ?? todo),
    answer: bounce?.diagnostic ?? answered?.response ?? null,
  };
}

/**
 * Its tries and what came back of them; the fallback stands between the rounds that it parts. What came back belongs to the round
 * of its try: the bounce that brought the fallback about may bear a later time than it, by somebody else's clock.
 */
function happened({ deliveries, receipts, fellBackAt }: MailFacts): string[] {
  const told = (isTold: (attempt: number) => boolean) => [
    ...deliveries.filter(({ attempt }) => isTold(attempt)).map(trySentence),
    ...receipts.filter(({ attempt }) => isTold(attempt)).map(receiptSentence),
  ];
  if (fellBackAt === null) return told(() => true);
  const lastBefore = deliveries.findLast(({ openedAt }) => openedAt < fellBackAt)?.attempt ?? 0;
  return [
    ...told((attempt) => attempt <= lastBefore),
    fallbackSentence(fellBackAt),
    ...told((attempt) => attempt > lastBefore),
  ];
}

const OVERRULED_WORDS: Record<string, string> = {
  superseded: 'is no longer true',
  'too-late': 'is too late',
  suppressed: 'goes to an address that is suppressed',
} satisfies Record<Overruled, string>;

/** The rule that made it due. */
function whyDue(mail: MailFacts, facts: WhyFacts, policy: WhyPolicy): string {
  const name = mailName(mail);
  const n = resendNumberOf(mail.occurrence);
  if (n > 0) return `Re-send ${n} of this ${name} was asked for by a person at ${at(mail.requestedAt)}.`;
  if (mail.isAsked)
    return `Somebody asked for this ${name} by name at ${at(mail.requestedAt)}; no event made it due.`;
  const submission = facts.submissions.find(({ id }) => id === originalOf(mail.occurrence).split('.')[0]);
  if (!submission) return `This ${name} became due at ${at(mail.requestedAt)}.`;
  if (mail.template === 'submission-error') return failureDue(mail, submission, policy);
  const [type, what] = causes[mail.template] ?? [];
  const event = submission.events.find((candidate) => candidate.type === type);
  const when = event?.recordedAt ?? mail.requestedAt;
  return `${what ?? 'What happened to'} ${nameOf(submission)} at ${at(when)} made ${aMail(mail)} due.`;
}

const causes: Record<string, [string, string]> = {
  submitted: ['submitted', 'The confirmation of'],
  accepted: ['accepted', 'The acceptance of'],
  rejected: ['rejected', 'The rejection of'],
  'error-resolved': ['error_resolved', 'The repair of'],
};

function failureDue(mail: MailFacts, submission: SubmissionFacts, policy: WhyPolicy): string {
  const episode = Number(mail.occurrence.split('.')[1] ?? 1);
  const failures = failuresOf(submission, episode);
  const last = failures.at(-1)?.recordedAt ?? mail.requestedAt;
  const after = policy.SUBMISSION_ERROR_AFTER;
  if (mail.stage === 'pre' || failures.length >= after || after === 1)
    return `The ${ordinal(Math.max(failures.length, 1))} failure of ${nameOf(submission)}, at ${at(last)}, made ${aMail(mail)} due at once.`;
  return (
    `No mail at once for the ${ordinal(failures.length)} failure of ${nameOf(submission)}, at ${at(last)}: SUBMISSION_ERROR_AFTER is ${after}. ` +
    `It is due at ${at(mail.dueAt)}, ${span(policy.SUBMISSION_ERROR_WITHIN)} after the last failure, unless another failure comes first.`
  );
}

/** The failures of an episode: those between one repair and the next. */
export function failuresOf({ events }: SubmissionFacts, episode: number): SubmissionFacts['events'] {
  let current = 1;
  return events.filter(({ type }) => {
    if (type === 'error_resolved') current += 1;
    return current === episode && (type === 'error_xml' || type === 'error_mef');
  });
}

/** How it stands, by the last rule that passed or failed. */
function endOf(
  mail: MailFacts,
  facts: WhyFacts,
  standing: Standing,
  now: Date,
): { sentence: string; todo: string | null } {
  const words = mail.reason === null ? undefined : wordsFor(mail.reason);
  const why = words ? `: ${words.sentence}` : '';
  const when = at(mail.settledAt ?? mail.openedAt);
  switch (mail.state) {
    case 'handed_over':
      if (standing === 'success' && mail.bouncedAt)
        return { sentence: `It came back at ${at(mail.bouncedAt)}${why}.`, todo: null };
      return standing === 'success'
        ? { sentence: `The taxpayer was told: ${arrival(mail, when)}${why}.`, todo: null }
        : cameBack(mail, when);
    case 'withheld':
      if (mail.reason === TOLD_BY_OTHER_MEANS)
        return {
          sentence: `A person told the taxpayer by other means; that was kept at ${when}.`,
          todo: null,
        };
      return {
        sentence: `It was withheld when its turn came, at ${when}, because ${withheldBecause(mail, facts)}.`,
        todo: words?.todo ?? null,
      };
    case 'unknown':
      return { sentence: `Nobody knows whether it arrived, since ${when}${why}.`, todo: words?.todo ?? null };
    case 'failed':
      return { sentence: `It failed at ${when}${why}.`, todo: words?.todo ?? RESEND };
    case 'no_address':
      return { sentence: `It could not be sent at ${when}${why}.`, todo: words?.todo ?? null };
    case 'sending':
      return { sentence: 'A worker is sending it right now.', todo: null };
    case 'queued':
      return waiting(mail, facts, standing, now);
  }
}

function arrival({ deliveredAt }: MailFacts, handedOver: string): string {
  const arrived = deliveredAt ? `, and it is known to have arrived at ${at(deliveredAt)}` : '';
  return `it was handed over at ${handedOver}${arrived}`;
}

function cameBack({ bouncedAt, bounceReason }: MailFacts, handedOver: string) {
  const { sentence, todo } = bounceWordsFor(bounceReason);
  const when = bouncedAt ? ` at ${at(bouncedAt)}` : '';
  return {
    sentence: `The taxpayer was not told: it was handed over at ${handedOver} and came back${when}: ${sentence}.`,
    todo,
  };
}

const RESEND = 'Read the last answer, mend its cause, then re-send it.';

function waiting(mail: MailFacts, { paused }: WhyFacts, standing: Standing, now: Date) {
  const holds = ['all', mail.template, laneOf({ template: mail.template, inBatch: mail.batchId !== null })];
  const pause = paused.find(({ template }) => holds.includes(template));
  if (pause)
    return {
      sentence: `It waits: ${pause.template === mail.template ? 'its template' : pause.template === 'all' ? 'everything' : `the ${pause.template} lane`} is paused since ${at(pause.since)} by ${pause.actor}, who said: ${pause.reason}.`,
      todo: `Resume ${pause.template} when its cause is mended; the mail goes on by itself.`,
    };
  const again = mail.reason === null ? '' : ` (${wordsFor(mail.reason).sentence})`;
  if (mail.dueAt > now) return { sentence: `It waits for its time, ${at(mail.dueAt)}${again}.`, todo: null };
  return {
    sentence: `It waits for its turn since ${at(mail.dueAt)}${again}.`,
    todo:
      standing === 'failure'
        ? 'Look whether workers run and how long the send queue is: the sweep queues it again by itself.'
        : null,
  };
}

/** The event that took its place, with its instant. */
function withheldBecause(mail: MailFacts, { submissions }: WhyFacts): string {
  const own = submissions.filter(({ id }) => id === mail.submissionUuid || mail.occurrence.startsWith(id));
  const moment = (of: SubmissionFacts[], type: string, place = 0) =>
    of.flatMap(({ events }) => events.filter((event) => event.type === type))[place]?.recordedAt;
  const said = (what: string, instant: Date | undefined) => `${what}${instant ? ` at ${at(instant)}` : ''}`;
  switch (mail.reason) {
    case 'superseded-by-acceptance':
      return said('the return was accepted', moment(submissions, 'accepted'));
    case 'superseded-by-rejection':
      return said('the submission was rejected', moment(own, 'rejected'));
    case 'superseded-by-resolution':
      return said(
        'the failure was repaired',
        moment(own, 'error_resolved', Number(mail.occurrence.split('.')[1] ?? 1) - 1),
      );
    case 'too-late':
      return said('it was not to be sent after its instant', mail.notAfter ?? undefined);
    default:
      return mail.reason === null ? 'of a reason that nobody wrote down' : wordsFor(mail.reason).sentence;
  }
}
