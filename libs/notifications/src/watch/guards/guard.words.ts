import type { Guard } from '#libs/platform/index.js';
import type { Said } from '../../operate/need.words.js';
import { span } from '../../operate/why/why.words.js';
import { shareOf } from './guard.rules.js';
import type { CameBack, Outcomes } from './guard.rules.js';
import { WINDOW } from './guard.statements.js';

/** Why a guard paused something: its count and its limit, in a sentence. */
export const REASONS = {
  volume: (mails: number, limit: number) =>
    `${number(mails)} mails were asked for within ${WINDOW} minutes, and no batch explains them; up to ${number(limit)} are usual.`,
  returns: ({ mails, returned }: CameBack, share: number) =>
    `Of the last ${number(mails)} mails ${number(returned)} came back or were complained about (${percent(returned / mails)}); up to ${percent(share)} may.`,
  complaints: ({ mails, complained }: CameBack, share: number) =>
    `Of the last ${number(mails)} mails ${number(complained)} were complained about (${percent(complained / mails)}); up to ${percent(share)} may be.`,
  contradiction: (submissions: number, within: number) =>
    `${number(submissions)} submissions were said to be accepted and rejected within ${span(within)}.`,
  rejected: (now: Outcomes, before: Outcomes) =>
    `Of the last ${number(now.failed + now.went)} submissions that were decided ${percent(shareOf(now))} were rejected; before it was ${percent(shareOf(before))}.`,
  failed: (now: Outcomes, before: Outcomes) =>
    `Of the last ${number(now.failed + now.went)} submissions ${percent(shareOf(now))} failed; before it was ${percent(shareOf(before))}.`,
};

const WORDS: Record<Guard, Said> = {
  volume: {
    why: 'Far more of these mails were asked for at once than is usual.',
    todo: 'Look whether they are meant. If so, resume the template. If not, stop who asks for them and leave it paused: all that waits would go. See docs/runbooks/guard-volume.md.',
  },
  returns: {
    why: 'Too many mails of this lane come back or are complained about.',
    todo: 'Look why they come back. Mend that, then resume the lane. See docs/runbooks/guard-returns.md.',
  },
  contradiction: {
    why: 'What is said of the submissions cannot be true of so many.',
    todo: 'Ask the authority’s service which answers are right. Resume the templates once they say what is true; mails that no longer do are withheld. See docs/runbooks/guard-contradiction.md.',
  },
};

/** What is to be said of something that a guard paused, and what to do. */
export function saidOfGuard(guard: string): Said {
  return isGuard(guard) ? WORDS[guard] : { why: '', todo: 'Look at it, then resume it.' };
}

function isGuard(word: string): word is Guard {
  return Object.hasOwn(WORDS, word);
}

function number(count: number): string {
  return count.toLocaleString('en');
}

function percent(share: number): string {
  return share.toLocaleString('en', { style: 'percent', maximumFractionDigits: 1 });
}
