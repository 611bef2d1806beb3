import type { Finding } from './finding.js';
import type { Check } from './mail.under-test.js';

/** Letters that lists of mails show; longer ones are cut off, much shorter preheaders are filled with what follows. */
const SUBJECT = { least: 12, most: 90 };
const PREHEADER = { least: 20, most: 110 };

/** The subject and the line beside it are all that somebody sees who decides whether to open the mail. */
export const headline: Check = ({ mail: { subject, preheader } }) => [
  ...fits('subject', subject, SUBJECT),
  ...fits('preheader', preheader, PREHEADER),
  ...(subject === preheader
    ? [finding('preheader', 'The preheader repeats the subject: say what else matters.')]
    : []),
];

function fits(part: string, text: string, { least, most }: { least: number; most: number }): Finding[] {
  const length = [...text].length;
  if (length > most)
    return [finding(part, `The ${part} has ${length} letters and lists show about ${most}: shorten it.`)];
  if (length < least)
    return [finding(part, `The ${part} has ${length} letters: say more, at least ${least}.`)];
  return [];
}

function finding(where: string, message: string): Finding {
  return { check: 'headline', level: 'warning', message, where };
}
