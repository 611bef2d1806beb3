import { SECTIONS } from '#libs/email/index.js';
import type { Schema, Section } from '#libs/email/index.js';
import type { Finding } from './finding.js';
import { linksIn } from './mail.links.js';
import { valuesOf } from './mail.values.js';
import type { Check, MailUnderTest } from './mail.under-test.js';

/** Each mail says what happened, what we do, what the reader can do, and by when, in both parts and in this order. */
export const promises: Check = (tested) => [
  ...headings(tested),
  ...inPart(tested, 'HTML', tested.visible),
  ...inPart(tested, 'text', tested.mail.text),
];

/** A heading that is none cannot be jumped to. */
function headings({ page, frame }: MailUnderTest): Finding[] {
  const found = page('h2')
    .toArray()
    .map((element) => page(element).text().trim());
  return titled(frame)
    .filter(([, title]) => !found.includes(title))
    .map(([section, title]) =>
      error(`The HTML has no heading “${title}”: write <h2>{{frame.${section}}}</h2>.`),
    );
}

function inPart(tested: MailUnderTest, part: string, words: string): Finding[] {
  const sections = sectionsOf(words, tested.frame);
  const order = titled(tested.frame).map(([section]) => sections.findIndex(({ name }) => name === section));
  const isOrdered = order.every((at, index) => at > 0 && (index === 0 || at > order[index - 1]!));
  if (!isOrdered) {
    const titles = titled(tested.frame).map(([, title]) => `“${title}”`);
    return [error(`The ${part} does not say ${titles.join(', ')}, in this order: add what is missing.`)];
  }
  return sections.flatMap(({ name, words: said }) => keeps(tested, part, name, said));
}

/** Whether a section says something, and shows the values that it promises where there are any. */
function keeps(
  { description, context, mail, page }: MailUnderTest,
  part: string,
  section: Section,
  said: string,
): Finding[] {
  const { says, shows = [] } = description.promises[section];
  if (!said.trim()) return [error(`The ${part} says nothing where it promises: “${says}” Write it.`)];
  // A link may carry its address behind other words.
  const hrefs = part === 'HTML' ? linksIn(page).map(({ href }) => href) : [];
  const line = [said, ...hrefs].join(' ').replace(/\s+/g, ' ');
  return shows
    .filter((member) =>
      shown(description.schema.properties?.[member], context[member], mail.language).some(
        (value) => !line.includes(value),
      ),
    )
    .map((member) =>
      error(`The ${part} does not show {{${member}}} where it promises: “${says}” Put it there.`),
    );
}

function sectionsOf(words: string, frame: MailUnderTest['frame']): { name: Section; words: string }[] {
  const titles = new Map(titled(frame).map(([section, title]) => [title, section]));
  const found: { name: Section; words: string }[] = [{ name: 'happened', words: '' }];
  for (const line of words.split('\n').map((one) => one.trim())) {
    if (frame['byHand'] && line.startsWith(frame['byHand'])) break;
    if (line === frame['greeting'] || line === frame['button'] || /^-+$/.test(line)) continue;
    const begins = titles.get(line);
    if (begins) found.push({ name: begins, words: '' });
    else found.at(-1)!.words += `${line}\n`;
  }
  return found;
}

/** What a reader sees of a value: a day is written out, of a list the members that each item must have. */
function shown(schema: Schema | undefined, value: unknown, language: string): string[] {
  if (!schema) return [];
  if (Array.isArray(value)) return value.flatMap((item) => shown(schema.items, item, language));
  if (typeof value === 'object' && value !== null) {
    const members = new Map(Object.entries(value));
    return (schema.required ?? []).flatMap((name) =>
      shown(schema.properties?.[name], members.get(name), language),
    );
  }
  if (typeof value === 'string' && schema.format === 'date')
    return [
      new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(Date.parse(value)),
    ];
  return valuesOf(value);
}

function titled(frame: MailUnderTest['frame']): [Section, string][] {
  return SECTIONS.slice(1).map((section) => [section, frame[section] ?? section]);
}

function error(message: string): Finding {
  return { check: 'promises', level: 'error', message };
}
