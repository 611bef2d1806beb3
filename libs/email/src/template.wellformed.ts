// MJML closes and drops what it does not understand without a word, so this looks before MJML does.

/** Elements that hold other elements only: MJML loses any text written straight into them. */
const LAYOUT = new Set(
  'mjml mj-head mj-body mj-attributes mj-wrapper mj-section mj-group mj-column mj-hero'.split(' '),
);
const MARKUP =
  /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|<|&(?![A-Za-z]\w*;|#\d+;|#x[\da-fA-F]+;)/g;
const IGNORED = /<!--[\s\S]*?-->|\{\{!--[\s\S]*?--\}\}|\{\{![\s\S]*?\}\}/g;
const EXPRESSION = /\{\{\{?[\s\S]*?\}?\}\}/g;

/** What keeps a piece of MJML from being well-formed, each with its line. `parent` is the element it will stand in. */
export function markupProblems(source: string, parent?: string): string[] {
  const markup = blank(blank(source, IGNORED, ' '), EXPRESSION, 'x');
  const lineOf = (index: number) => markup.slice(0, index).split('\n').length;
  const open: { tag: string; line: number }[] = [];
  const problems: string[] = [];
  let end = 0;

  const lookAtText = (until: number) => {
    const text = markup.slice(end, until);
    const holder = open.at(-1)?.tag ?? parent;
    if (holder && LAYOUT.has(holder) && text.trim())
      problems.push(
        `line ${lineOf(end + text.search(/\S/))}: text straight inside <${holder}> would be lost; put it into mj-text, expressions into mj-raw`,
      );
  };

  for (const match of markup.matchAll(MARKUP)) {
    const [whole, closes, tag, , selfClosed] = match;
    const line = lineOf(match.index);
    lookAtText(match.index);
    end = match.index + whole.length;
    if (whole === '&') problems.push(`line ${line}: "&" must be written &amp;`);
    else if (!tag)
      problems.push(`line ${line}: "<" begins no complete tag; write &lt; or quote its attributes`);
    else if (!closes && !selfClosed) open.push({ tag, line });
    else if (closes) {
      const at = open.findLastIndex((element) => element.tag === tag);
      const unclosed = at < 0 ? [] : open.splice(at).slice(1);
      if (at < 0) problems.push(`line ${line}: </${tag}> closes nothing; remove it`);
      problems.push(...unclosed.map(notClosed));
    }
  }
  lookAtText(markup.length);
  return [...problems, ...open.map(notClosed)];
}

function notClosed({ tag, line }: { tag: string; line: number }): string {
  return `line ${line}: <${tag}> is not closed; add </${tag}>`;
}

/** The same length and lines without what matches, so that positions stay true. */
function blank(source: string, what: RegExp, filler: string): string {
  return source.replace(what, (found) => found.replace(/[^\n]/g, filler));
}
