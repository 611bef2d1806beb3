import { wordsFor } from '#libs/notifications/index.js';
import type { Need } from '#libs/notifications/index.js';

/** A need in a word or two, and how grave it is. */
export const NEED_WORDS: Record<Need, { word: string; tone: 'bad' | 'warn' }> = {
  failed: { word: 'failed', tone: 'bad' },
  unknown: { word: 'unknown', tone: 'warn' },
  'no-address': { word: 'no address', tone: 'warn' },
  bounced: { word: 'came back', tone: 'bad' },
  withheld: { word: 'withheld', tone: 'warn' },
  stuck: { word: 'stuck', tone: 'bad' },
};

/** Why it needs somebody, and what they do now. Sentences, as somebody would say them at night. */
export interface Said {
  why: string;
  todo: string;
}

const LOOK = 'Look at the pauses on this page, whether workers run, and whether the relay answers.';

/** What is to be said of a mail, or of many for the same reason. */
export function saidOf({ need, reason }: { need: Need; reason: string | null }): Said {
  const words = reason === null ? undefined : wordsFor(reason);
  const sentence = words && asSentence(words.sentence);
  if (need === 'stuck')
    return {
      why: sentence ? `It waits for too long. ${sentence}` : 'Its turn came long ago, and no worker took it.',
      todo: LOOK,
    };
  if (need === 'bounced' && !words?.todo)
    return {
      why: 'A relay accepted it, and it came back later.',
      todo: 'Ask the backend for another address and let it register that, then re-send it.',
    };
  return { why: sentence ?? 'Nothing says why.', todo: words?.todo ?? 'Look at the mail and its tries.' };
}

/** `it was given up` → `It was given up.` */
export function asSentence(text: string): string {
  const ends = /[.?!:]$/.test(text) ? '' : '.';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${ends}`;
}

/** `1 mail`, `12 mails`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** The last digits of an id: enough to tell two apart on a page (the first are a time); links have the whole. */
export function short(id: string): string {
  return id.slice(-8);
}
