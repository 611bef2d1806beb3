import type { CheerioAPI } from 'cheerio';
import type { AnyNode } from 'domhandler';
import postcss, { type AtRule, type Container, type Declaration, type Rule } from 'postcss';

export type Scheme = 'light' | 'dark';

interface Winner {
  value: string;
  /** Important, inline, specificity, order: the first that differs decides. */
  rank: number[];
}

/** As wide as mails are read on a desktop, in pixels. */
const WIDTH = 800;

/**
 * What the style sheets and style attributes of a mail set on its elements in one colour scheme: as much of CSS's cascade
 * as mails use.
 */
export class Cascade {
  readonly #set = new Map<AnyNode, Map<string, Winner>>();
  #order = 0;

  constructor(
    private readonly page: CheerioAPI,
    private readonly scheme: Scheme,
  ) {
    for (const style of page('style').toArray())
      if (applies(page(style).attr('media') ?? 'all', scheme)) this.#sheet(page(style).text());
    for (const element of page('[bgcolor]').toArray())
      this.#put(element, 'background-color', page(element).attr('bgcolor') ?? '', [0, 0, 0, 0]);
    for (const element of page('[style]').toArray())
      postcss
        .parse(`x{${page(element).attr('style')}}`)
        .walkDecls((declaration) => this.#declare([element], declaration, 1, 0));
  }

  /** What is set on the element itself. */
  own(element: AnyNode, property: string): string | undefined {
    return this.#set.get(element)?.get(property)?.value;
  }

  /** What is set on the element or on the nearest around it. */
  inherited(element: AnyNode, property: string): string | undefined {
    for (let node: AnyNode | null = element; node; node = node.parent) {
      const value = this.own(node, property);
      if (value !== undefined && value !== 'inherit') return value;
    }
    return undefined;
  }

  #sheet(css: string): void {
    postcss.parse(css).walkRules((rule) => {
      if (!this.#isActive(rule)) return;
      for (const selector of rule.selectors) {
        const elements = this.#matching(selector);
        rule.each((node) => {
          if (node.type === 'decl') this.#declare(elements, node, 0, specificity(selector));
        });
      }
    });
  }

  #isActive(rule: Rule): boolean {
    for (
      let parent: Container | undefined = rule.parent;
      parent;
      parent = parent.parent as Container | undefined
    )
      if (parent.type === 'atrule' && !this.#includes(parent as AtRule)) return false;
    return true;
  }

  #includes({ name, params }: AtRule): boolean {
    return name === 'media' && applies(params, this.scheme);
  }

  /** States such as :hover and parts such as ::before are nobody's who just reads. */
  #matching(selector: string): AnyNode[] {
    if (/::?(hover|focus|active|visited|before|after|first-)/.test(selector)) return [];
    return this.page(selector).toArray();
  }

  #declare(
    elements: AnyNode[],
    { prop, value, important }: Declaration,
    inline: number,
    weight: number,
  ): void {
    const rank = [important ? 1 : 0, inline, weight, this.#order++];
    // The shorthand counts for its colour, which is the only part of it that mails use.
    const property = prop === 'background' ? 'background-color' : prop.toLowerCase();
    for (const element of elements) this.#put(element, property, value, rank);
  }

  #put(element: AnyNode, property: string, value: string, rank: number[]): void {
    const set = this.#set.get(element) ?? new Map<string, Winner>();
    this.#set.set(element, set);
    const before = set.get(property);
    if (!before || compare(rank, before.rank) >= 0) set.set(property, { value, rank });
  }
}

/** Whether a media query holds on a screen of our width. */
function applies(query: string, scheme: Scheme): boolean {
  return query.split(',').some((one) => {
    const [, wanted] = /prefers-color-scheme:\s*(\w+)/.exec(one) ?? [];
    const [, least] = /min-width:\s*(\d+)px/.exec(one) ?? [];
    const [, most] = /max-width:\s*(\d+)px/.exec(one) ?? [];
    return (
      !/\b(print|not)\b/.test(one) &&
      (!wanted || wanted === scheme) &&
      (!least || Number(least) <= WIDTH) &&
      (!most || Number(most) >= WIDTH)
    );
  });
}

function specificity(selector: string): number {
  const count = (what: RegExp) => selector.match(what)?.length ?? 0;
  return (
    count(/#[\w-]+/g) * 10_000 +
    count(/\.[\w-]+|\[[^\]]*\]|:(?!:)[\w-]+/g) * 100 +
    count(/(^|[\s>+~])[a-z][\w-]*/gi)
  );
}

function compare(one: number[], other: number[]): number {
  const at = one.findIndex((part, index) => part !== other[index]);
  return at < 0 ? 0 : one[at]! - other[at]!;
}
