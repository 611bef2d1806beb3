import type { Need } from '../standing/need.js';
import { bounceWordsFor } from './bounce.words.js';
import { wordsFor } from './reason.words.js';

/** Why it needs somebody, and what they do now. Sentences, as somebody would say them at night. */
export interface Said {
  why: string;
  todo: string;
}

const LOOK = 'Look whether it is paused, whether workers run, and whether the relay answers.';

/** What is to be said of a mail, or of many for the same reason. */
export function saidOf({ need, reason }: { need: Need; reason: string | null }): Said {
  if (need === 'bounced') {
    const { sentence, todo } = bounceWordsFor(reason);
    return { why: `A relay accepted it, and it came back: ${sentence}.`, todo };
  }
  const words = reason === null ? undefined : wordsFor(reason);
  const sentence = words && asSentence(words.sentence);
  if (need === 'stuck')
    return {
      why: sentence
        ? `It waits for too long. ${sentence}`
        : 'Its turn came long ago, and it has not gone out.',
      todo: LOOK,
    };
  return { why: sentence ?? 'Nothing says why.', todo: words?.todo ?? 'Look at the mail and its tries.' };
}

/** `it was given up` → `It was given up.` */
export function asSentence(text: string): string {
  const ends = /[.?!:]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${ends}`;
}
