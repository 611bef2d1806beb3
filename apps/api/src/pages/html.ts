/** Text that is HTML already. Only {@link html} and {@link trusted} make it, so nothing gets in unescaped by accident. */
export class Html {
  constructor(private readonly source: string) {}

  toString(): string {
    return this.source;
  }
}

/** What may stand in a hole of {@link html}. What is absent or false leaves nothing; text is escaped. */
export type Hole = Html | string | number | boolean | null | undefined | readonly Hole[];

/** A piece of a page: html`<p>${anything}</p>`. Attribute values stand in double quotes. */
export function html(strings: TemplateStringsArray, ...holes: Hole[]): Html {
  return new Html(String.raw({ raw: strings }, ...holes.map(fill)));
}

/** For text of our own that is HTML, CSS or a script: never for anything that came from outside. */
export function trusted(source: string): Html {
  return new Html(source);
}

function fill(hole: Hole): string {
  if (hole === null || hole === undefined || typeof hole === 'boolean') return '';
  if (hole instanceof Html) return hole.toString();
  return typeof hole === 'object' ? hole.map(fill).join('') : escape(String(hole));
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
