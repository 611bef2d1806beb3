import { wordsFor } from '#libs/notifications/index.js';
import type { Need, Pausable } from '#libs/notifications/index.js';

/** A need in a word or two, and how grave it is. */
export const NEED_WORDS: Record<Need, { word: string; tone: 'bad' | 'warn' }> = {
  failed: { word: 'failed', tone: 'bad' },
  unknown: { word: 'unknown', tone: 'warn' },
  'no-address': { word: 'no address', tone: 'warn' },
  bounced: { word: 'came back', tone: 'bad' },
  withheld: { word: 'withheld', tone: 'warn' },
  stuck: { word: 'stuck', tone: 'bad' },
};

/** Was the taxpayer told by a mail? How grave it is, and a word. */
export const TOLD_WORDS = {
  success: ['good', 'told, or no longer true'],
  'in-process': ['plain', 'on its way'],
  failure: ['bad', 'not told'],
} as const;

/** `1 mail`, `12,000 mails`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${wordsFor(count, { one, many })}`;
}

/** The last digits of an id: enough to tell two apart on a page (the first are a time); links have the whole. */
export function short(id: string): string {
  return id.slice(-8);
}

/** What is paused, as the beginning of a sentence. */
export function pausableName(template: Pausable): string {
  switch (template) {
    case 'all':
      return 'Everything';
    case 'urgent':
    case 'bulk':
      return `The ${template} lane`;
    default:
      return template;
  }
}
