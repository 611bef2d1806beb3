import type { Finding } from './finding.js';
import { addressesIn, linksIn } from './mail.links.js';
import { valuesOf } from './mail.values.js';
import type { Check, MailUnderTest } from './mail.under-test.js';

const NUMBER = /\d+(?:[.,:/-]\d+)*/g;

/** Who reads the text part gets what the others get: the same numbers, months, values and links. */
export const parity: Check = (tested) => {
  const html = seenInHtml(tested);
  const text = tested.mail.text;
  return [
    ...compare('number', numbers(html), numbers(text)),
    ...compare('month', months(html, tested.mail.language), months(text, tested.mail.language)),
    ...compare('value', values(html, tested), values(text, tested)),
    ...compare(
      'link',
      linksIn(tested.page).map(({ href }) => href),
      addressesIn(text),
    ),
  ];
};

/** The heading repeats the subject, which stands above the text part as well. */
function seenInHtml({ visible, mail }: MailUnderTest): string {
  return visible
    .split('\n')
    .filter((line) => line !== mail.subject)
    .join('\n');
}

function compare(what: string, inHtml: string[], inText: string[]): Finding[] {
  const lacks = (from: string[], other: string[]) => [...new Set(from)].filter((one) => !other.includes(one));
  const say =
    (part: string, other: string) =>
    (value: string): Finding => ({
      check: 'parity',
      level: 'error',
      message: `The ${what} ${value} stands in the ${part} only: say it in the ${other} too.`,
    });
  return [
    ...lacks(inHtml, inText).map(say('HTML', 'text')),
    ...lacks(inText, inHtml).map(say('text', 'HTML')),
  ];
}

function numbers(words: string): string[] {
  const own = words.replace(/https?:\/\/\S+/g, '').replace(/^\d+\. /gm, '');
  return own.match(NUMBER) ?? [];
}

function months(words: string, language: string): string[] {
  const written = new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' });
  const names = Array.from({ length: 12 }, (_, month) => written.format(Date.UTC(2000, month)));
  const spoken: string[] = words.toLowerCase().match(/[\p{L}.]+/gu) ?? [];
  return names.filter((name) => spoken.includes(name.toLowerCase()));
}

function values(words: string, { context }: MailUnderTest): string[] {
  const line = words.replace(/\s+/g, ' ');
  return valuesOf(context).filter((value) => !URL.canParse(value) && line.includes(value));
}
