import type { Finding } from './finding.js';
import { tagOf, type Check } from './mail.under-test.js';

const ASKS_FOR = ['src', 'srcset', 'background', 'poster', 'data'];
const ELSEWHERE = /^\s*(https?:)?\/\//i;
const IN_STYLES = /url\(\s*['"]?((?:https?:)?\/\/[^'")\s]+)|@import[^;]*/gi;

/** A mail that fetches something tells the sender that it was opened, and breaks where it cannot. */
export const remote: Check = ({ mail, page }) => {
  const fetched = ASKS_FOR.flatMap((attribute) =>
    page(`[${attribute}]`)
      .toArray()
      .filter((element) => ELSEWHERE.test(page(element).attr(attribute) ?? ''))
      .map((element) => `<${tagOf(element)} ${attribute}="${page(element).attr(attribute)}">`),
  );
  const linked = page('link[href], script, iframe, object, embed')
    .toArray()
    .map((element) => `<${tagOf(element)}>`);
  const styled = [...mail.html.matchAll(IN_STYLES)].map(([found]) => found);
  return [...new Set([...fetched, ...linked, ...styled])].map((where): Finding => ({
    check: 'remote',
    level: 'error',
    message:
      'The mail fetches something from elsewhere, which many clients block and which tells that it was read: remove it.',
    where,
  }));
};
