import { wordsFor } from '../reason.words.js';
import type { MailFacts, SubmissionFacts, TryFacts } from './why.facts.js';

/** Such as `2026-11-24 22:15:03 UTC`. */
export function at(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Such as `24 h` or `2 d`, in the largest unit of which there are two. */
export function span(milliseconds: number): string {
  const units: [number, string][] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ];
  const [size, unit] = units.find(([size]) => milliseconds >= 2 * size) ?? [1, 'ms'];
  return `${Math.round(milliseconds / size)} ${unit}`;
}

export function ordinal(n: number): string {
  const words = ['zeroth', 'first', 'second', 'third', 'fourth', 'fifth'];
  return words[n] ?? `${n}th`;
}

export function nameOf(submission: Pick<SubmissionFacts, 'id' | 'submissionId'>): string {
  return `submission ${submission.submissionId ?? submission.id}`;
}

const happened: Record<string, string> = {
  processing: 'was registered',
  submitted: 'was confirmed by the authority',
  error_xml: 'failed before it was handed on (validation)',
  error_mef: 'failed after it was handed on',
  accepted: 'was accepted',
  rejected: 'was rejected',
  error_resolved: 'had its failure repaired',
};

/** What happened to a submission, in a sentence. */
export function eventSentence(
  submission: Pick<SubmissionFacts, 'id' | 'submissionId'>,
  event: Pick<SubmissionFacts['events'][number], 'type' | 'failureCategory' | 'failureDetail'>,
): string {
  const what = happened[event.type] ?? `had the event ${event.type}`;
  const cause = [event.failureCategory, event.failureDetail].filter(Boolean).join(', ');
  return `${capital(nameOf(submission))} ${what}${cause ? `: ${cause}` : ''}.`;
}

/** How a try went, in a sentence. */
export function trySentence({ attempt, outcome, reason, responseCode, response }: TryFacts): string {
  const answer =
    response === null
      ? ''
      : ` It said: ${[responseCode, withoutCode(response, responseCode)].filter(Boolean).join(' ')}.`;
  switch (outcome) {
    case 'accepted':
      return `Try ${attempt}: the relay accepted it.${answer}`;
    case null:
      return `Try ${attempt}: the conversation with the relay goes on, or its worker died in it.`;
    default: {
      const why = reason === null ? 'it does not say why' : wordsFor(reason).sentence;
      return `Try ${attempt} ended ${outcome}: ${why}.${answer}`;
    }
  }
}

/** That it came back for good and went out once more, in a sentence. */
export function fallbackSentence(fellBackAt: Date): string {
  return `Since it came back for good, it was opened once more at ${at(fellBackAt)}, to the address of the account (BOUNCE_FALLBACK).`;
}

/** An answer often begins with its code, and ends in a full stop. */
function withoutCode(response: string, code: number | null): string {
  const text = code !== null && response.startsWith(String(code)) ? response.slice(3).trim() : response;
  return withoutFullStop(text);
}

/** For what somebody else said, before a full stop of ours. */
export function withoutFullStop(text: string): string {
  return text.replace(/\.\s*$/, '');
}

/** What a mail is called in sentences. */
export function mailName({ template, stage }: Pick<MailFacts, 'template' | 'stage'>): string {
  return `'${template}'${stage ? ` (${stage})` : ''} mail`;
}

/** The same with its article. */
export function aMail(mail: Pick<MailFacts, 'template' | 'stage'>): string {
  return `${/^[aeiou]/.test(mail.template) ? 'an' : 'a'} ${mailName(mail)}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
