import { KeyService } from '#libs/keys/index.js';
import type { Scope } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import type { Stack } from './stack.js';

/** What a browser gets, without following where it is sent. */
export interface Visit {
  status: number;
  /** Where it is sent, as it was said. */
  location: string | null;
  headers: Headers;
  body: string;
}

/** A browser as far as HTTP sees it: it keeps its cookie and says which page a form came from. */
export class Visitor {
  private cookie = '';

  constructor(private readonly stack: Stack) {}

  /** Somebody who signed in with a key of their own. */
  static async named(stack: Stack, name: string, scopes: Scope[]): Promise<Visitor> {
    const { key } = await new KeyService(stack.app.get(PrismaService)).create({ name, scopes });
    const visitor = new Visitor(stack);
    await visitor.signIn(key);
    return visitor;
  }

  /** What the browser holds of its session. */
  get session(): string {
    return this.cookie.split('=')[1] ?? '';
  }

  look(path: string, headers: Record<string, string> = {}): Promise<Visit> {
    return this.visit(path, { headers });
  }

  /** Asks in a way of its own. */
  ask(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Visit> {
    return this.visit(path, init);
  }

  /** Sends a form as the page would: with the token of the session, unless a test says otherwise. */
  async send(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    return this.visit(path, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
      body: new URLSearchParams(fields),
    });
  }

  /** Sends the form of a page with a file in it, which comes last as it does in the page. */
  async upload(
    page: string,
    action: string,
    fields: Record<string, string>,
    file?: { field: string; name: string; bytes: string | Uint8Array<ArrayBuffer> },
  ): Promise<Visit> {
    const body = new FormData();
    const all = { ...(await this.hiddenOf(page, action)), ...fields };
    for (const [name, value] of Object.entries(all)) body.append(name, value);
    if (file) body.append(file.field, new Blob([file.bytes]), file.name);
    return this.visit(action, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' }, body });
  }

  /** A page as a person reads it: text without the markup. */
  async read(path: string): Promise<string> {
    const { status, body } = await this.look(path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${textOf(body)}`);
    return textOf(body);
  }

  /** Fills the form of a page in and sends it. */
  async submit(page: string, action: string, fields: Record<string, string>): Promise<Visit> {
    return this.send(action, { ...(await this.hiddenOf(page, action)), ...fields });
  }

  /** What the hidden fields of a form hold. */
  async hiddenOf(page: string, action: string): Promise<Record<string, string>> {
    const { body } = await this.look(page);
    const [, form = ''] = body.split(`method="post" action="${action}"`);
    const fields = form
      .slice(0, form.indexOf('</form>'))
      .matchAll(/type="hidden"\s+name="(\w+)"\s+value="([^"]*)"/g);
    return Object.fromEntries([...fields].map(([, name = '', value = '']) => [name, value]));
  }

  signIn(key: string, next = '/ops'): Promise<Visit> {
    return this.send('/sign-in', { key, next });
  }

  /** The token that the forms of a page have. */
  async token(path: string): Promise<string> {
    const { body } = await this.look(path);
    return /name="form" value="([\w-]+)"/.exec(body)?.[1] ?? '';
  }

  /** Another browser with what this one holds. */
  copy(): Visitor {
    return Object.assign(new Visitor(this.stack), { cookie: this.cookie });
  }

  private async visit(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Visit> {
    const response = await fetch(`${await this.stack.app.getUrl()}${path}`, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', cookie: this.cookie, ...init.headers },
    });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) this.cookie = set.split(';')[0] ?? '';
    const { status, headers } = response;
    return { status, headers, location: headers.get('location'), body: await response.text() };
  }
}

/** The main part of a page without its markup and white space. */
export function textOf(body: string): string {
  const main = body.slice(body.indexOf('<main'), body.indexOf('</main>'));
  return main
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_entity, code: string) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ');
}
