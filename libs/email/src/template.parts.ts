// How the files of one mail become two sources, HTML and text, each with the frame around it.

const SLOT = '{{{content}}}';
const HEADERS = ['Subject', 'Preheader'] as const;

export interface TextFile {
  subject: string;
  preheader: string;
  body: string;
}

/** Reads a text file that starts like a mail: header lines, a blank line, the text. */
export function readTextFile(source: string, problems: string[]): TextFile {
  const [head = '', ...rest] = source.replaceAll('\r\n', '\n').split(/\n[ \t]*\n/);
  const found = new Map<string, string>();
  for (const line of head.split('\n')) {
    const [, name, value] = /^(\w+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name && HEADERS.some((header) => header === name) && !found.has(name)) found.set(name, value ?? '');
    else problems.push(`the head may hold one line each of ${HEADERS.join(' and ')}, then a blank line`);
  }
  for (const header of HEADERS)
    if (!found.get(header)) problems.push(`no "${header}:" line at the start; add one`);
  const body = rest.join('\n\n').trim();
  if (!body) problems.push('the text part is empty; write it below the head');
  return { subject: found.get('Subject') ?? '', preheader: found.get('Preheader') ?? '', body };
}

/** The frame with a mail's own part in its slot, and the frame's texts in their places. */
export function assemble(
  frame: string,
  body: string,
  texts: Record<string, string>,
  kind: 'html' | 'text',
  problems: string[],
): string {
  if (frame.split(SLOT).length !== 2) problems.push(`the frame needs the slot ${SLOT} exactly once`);
  const filled = frame.replace(SLOT, () => body);
  return filled.replace(/\{\{frame\.(\w+)\}\}/g, (_, key: string) => {
    const text = texts[key];
    if (text === undefined) problems.push(`the frame text "${key}" is missing in frame.json; add it`);
    return kind === 'html' ? escapeTexts(text ?? '') : (text ?? '');
  });
}

/** A text without the runs of blank lines that left-out paragraphs leave behind. */
export function tidy(text: string): string {
  return `${text
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Frame texts are plain words with expressions: the words are escaped, the expressions left alone. */
function escapeTexts(text: string): string {
  const words = text.split(/(\{\{.*?\}\})/);
  return words
    .map((part, at) => (at % 2 ? part : part.replace(/[&<>]/g, (sign) => ENTITIES[sign]!)))
    .join('');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
