import type { Finding } from './finding.js';
import { addressesIn, linksIn } from './mail.links.js';
import type { Check, MailUnderTest } from './mail.under-test.js';

/** Links lead where they say and nowhere else, and nobody needs one to sign in. */
export const links: Check = (tested) => {
  const inHtml = linksIn(tested.page);
  const everywhere = [...inHtml.map(({ href }) => href), ...addressesIn(tested.mail.text)];
  const found = [
    ...[...new Set(everywhere)].flatMap((href) => leads(href, tested.linkHosts)),
    ...inHtml.flatMap(({ href, words }) => says(href, words)),
    ...byHand(tested, everywhere),
  ];
  return found;
};

function leads(href: string, hosts: ReadonlySet<string>): Finding[] {
  if (!URL.canParse(href)) return [error('is not a whole web address: write https://…', href)];
  const { protocol, host } = new URL(href);
  if (protocol !== 'https:' && protocol !== 'http:')
    return [error(`is no web address (${protocol}): link to a page`, href)];
  if (!hosts.has(host))
    return [
      error(
        `leads to ${host}, which is not on the list (${[...hosts].join(', ')}): remove it or allow the host`,
        href,
      ),
    ];
  if (protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(host))
    return [
      { check: 'links', level: 'warning', message: 'A link is not encrypted: use https.', where: href },
    ];
  return [];
}

function says(href: string, words: string): Finding[] {
  if (!words) return [error('has no words: say where it leads', href)];
  const [shown] = addressesIn(words);
  return shown && shown !== href
    ? [error(`shows ${shown} and leads elsewhere: show where it leads`, href)]
    : [];
}

/** Who leads people to sign in has to say how to get there without the mail: that is how they tell it from fraud. */
function byHand({ mail, site, frame, visible }: MailUnderTest, hrefs: string[]): Finding[] {
  const toSite = hrefs.some((href) => href.startsWith(site.url));
  const parts = { HTML: visible, text: mail.text.replace(/\s+/g, ' ') };
  if (!toSite) return [];
  return Object.entries(parts).flatMap(([part, words]): Finding[] => {
    const told = !!frame['byHand'] && words.includes(frame['byHand'].replace(/\s+/g, ' '));
    if (told && words.includes(site.url)) return [];
    const message = `The ${part} leads to the site and does not say how to get there by hand: show {{frame.byHand}} and {{site.url}}.`;
    return [{ check: 'links', level: 'error', message }];
  });
}

function error(what: string, where: string): Finding {
  return { check: 'links', level: 'error', message: `A link ${what}.`, where };
}
