import { createHash } from 'node:crypto';
import { load, type CheerioAPI } from 'cheerio';
import type { AnyNode } from 'domhandler';
import type { Context, RenderedMail, Site, TemplateDescription } from '#libs/email/index.js';
import { readable } from '#libs/platform/index.js';
import type { Finding } from './finding.js';

/** One rendered mail with all that a check may ask about it; the HTML is parsed once for all of them. */
export interface MailUnderTest {
  mail: RenderedMail;
  /** What it was rendered with. */
  context: Context;
  site: Site;
  description: TemplateDescription;
  /** The frame's texts in the language of the mail, filled in. */
  frame: Readonly<Record<string, string>>;
  /** Wordings that the language avoids, by the reason to. */
  avoid: Readonly<Record<string, readonly string[]>>;
  /** Hosts that a link may lead to. */
  linkHosts: ReadonlySet<string>;
  page: CheerioAPI;
  /** The words that a reader of the HTML sees, a line for each block. */
  visible: string;
  /** A hash of the HTML without its words: mails of one form have the same. */
  form: string;
}

/** Looks for one kind of fault. Local: no network, no clock. */
export type Check = (tested: MailUnderTest) => Finding[] | Promise<Finding[]>;

const BLOCKS = 'h1, h2, h3, p, li, td, div, br';
// The preheader is there for the list of mails, not for the reader of the mail.
const UNSEEN = 'head, style, script, [style*="display:none"]';

/** The words of some HTML as a reader sees them, a line for each block. */
export function visibleText(page: CheerioAPI): string {
  const copy = load(page.html());
  copy(UNSEEN).remove();
  copy(BLOCKS).append('\n');
  const lines = copy('body').text().split('\n');
  return lines
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter(Boolean)
    .join('\n');
}

/** Tags, attributes and styles stay, words become one letter, so that what is empty still is. */
export function formOf(html: string): string {
  const wordless = html
    .replace(/>([^<]*[^<\s][^<]*)</g, (whole, words: string) => (words.includes('{') ? whole : '>x<'))
    .replace(/ (aria-label|title|href)="[^"]+"/g, ' $1="x"');
  return createHash('sha256').update(wordless).digest('base64');
}

/** The name of an element; that of anything else is empty. */
export function tagOf(node: AnyNode): string {
  return 'tagName' in node ? node.tagName : '';
}

/** A short name for an element: what a person would search for. */
export function nameOf(page: CheerioAPI, node: AnyNode): string {
  const words = readable(page(node).text().replace(/\s+/g, ' ').trim(), 40);
  return `<${tagOf(node)}>${words && ` “${words}”`}`;
}
