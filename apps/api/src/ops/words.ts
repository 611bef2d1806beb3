import type { Need } from '#libs/notifications/index.js';
import { html } from '../pages/html.js';
import type { Hole, Html } from '../pages/html.js';

/** A need in a word or two, and how grave it is. */
export const NEED_WORDS: Record<Need, { word: string; tone: 'bad' | 'warn' }> = {
  failed: { word: 'failed', tone: 'bad' },
  unknown: { word: 'unknown', tone: 'warn' },
  'no-address': { word: 'no address', tone: 'warn' },
  bounced: { word: 'came back', tone: 'bad' },
  withheld: { word: 'withheld', tone: 'warn' },
  stuck: { word: 'stuck', tone: 'bad' },
};

/** `1 mail`, `12 mails`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** The last digits of an id: enough to tell two apart on a page (the first are a time); links have the whole. */
export function short(id: string): string {
  return id.slice(-8);
}

/** Where a submission stands on its way to the authority: how grave it is, and a word. */
export const DELIVERED_WORDS = {
  success: ['good', 'reached the authority'],
  'in-process': ['plain', 'in process'],
  failure: ['bad', 'did not arrive'],
} as const;

/** Was the taxpayer told? The same of a mail. */
export const TOLD_WORDS = {
  success: ['good', 'told, or no longer true'],
  'in-process': ['plain', 'on its way'],
  failure: ['bad', 'not told'],
} as const;

/** Facts beside their names; those without a value are left out. */
export function factList(facts: readonly (readonly [name: string, value: Hole])[]): Html {
  return html`<dl class="mail-head">
    ${facts
      .filter(([, value]) => value !== undefined && value !== null)
      .map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
  </dl>`;
}
