import type { Scheme } from './preview.query.js';

const QUERY = /\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)/gi;
const BOTH = /(color-scheme["']?\s*(?:content=["']|:)\s*)light dark/gi;

/**
 * The HTML of a mail as a client in this colour scheme reads it. A page cannot choose the scheme of a frame in every
 * browser, so the questions are answered here: nothing else changes, and only for display. What is sent asks them still.
 * An inverting client takes the light mail; the inversion is the frame's.
 */
export function inScheme(mail: string, scheme: Scheme): string {
  const seen = scheme === 'dark' ? 'dark' : 'light';
  return mail
    .replace(QUERY, (_question, asked: string) =>
      asked.toLowerCase() === seen ? '(min-width: 0)' : '(max-width: 0)',
    )
    .replace(BOTH, (_both, before: string) => `${before}${seen}`);
}
