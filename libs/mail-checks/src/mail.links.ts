import type { CheerioAPI } from 'cheerio';

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+/gi;

/** Web addresses that stand written in a text. */
export function addressesIn(text: string): string[] {
  return (text.match(ADDRESS) ?? []).map((address) => address.replace(/[.,;:!?)]+$/, ''));
}

export function linksIn(page: CheerioAPI): { href: string; words: string }[] {
  return page('a[href], area[href]')
    .toArray()
    .map((element) => ({
      href: page(element).attr('href') ?? '',
      words: page(element).text().replace(/\s+/g, ' ').trim(),
    }));
}
