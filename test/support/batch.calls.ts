import { KeyService } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { eventually } from './eventually.js';
import type { ApiAnswer, Stack } from './stack.js';

/** A batch as HTTP answers it; or the problem. */
export interface AnsweredBatch {
  id: string;
  state: string;
  reason: string | null;
  detail: string;
  name: string | null;
  sameAs?: string;
  rows: number;
  rate: number | null;
  counts: Record<string, number>;
  madeBy: string;
  approvedBy?: string;
  errors?: object[];
}

/** What is sent as a list. */
export type ListBody = string | Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>;

/** A person who calls with a key of their own. */
export class BatchCaller {
  private constructor(
    private readonly stack: Stack,
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** @param url of another process than the stack's own. */
  static async named(stack: Stack, name: string, url?: string): Promise<BatchCaller> {
    const keys = new KeyService(stack.app.get(PrismaService));
    const { key } = await keys.create({ name, scopes: ['operate', 'read', 'mails'] });
    return new BatchCaller(stack, url ?? (await stack.app.getUrl()), key);
  }

  get authorization(): string {
    return `Bearer ${this.key}`;
  }

  /** Sends a list as it is, with its length where that is known. */
  async upload(
    query: string,
    list: ListBody,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer<AnsweredBatch>> {
    const response = await fetch(`${this.url}/v1/batches?${query}`, {
      method: 'POST',
      headers: { authorization: this.authorization, 'content-type': 'text/csv', ...headers },
      body: list as BodyInit,
      duplex: 'half',
    } as RequestInit);
    const body = (await response.json()) as AnsweredBatch;
    return { status: response.status, headers: response.headers, body };
  }

  /** The same, and waits until all rows are looked at, or it is refused. @returns the batch. */
  async bring(query: string, list: ListBody): Promise<AnsweredBatch> {
    const { status, body } = await this.upload(query, list);
    if (status !== 202) throw new Error(`the list was answered ${status}: ${JSON.stringify(body)}`);
    return this.see(body.id, ({ state }) => state !== 'validating', 'a list that is looked at');
  }

  call<T = AnsweredBatch>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer<T>> {
    return this.stack.api<T>(method, `/v1/batches${path}`, body, {
      authorization: this.authorization,
      ...headers,
    });
  }

  /** Looks at its report and at its mails, and says yes to what was seen. */
  async approve(id: string, headers: Record<string, string> = {}): Promise<ApiAnswer<AnsweredBatch>> {
    const { body } = await this.call<{ revision: string }>('GET', `/${id}/samples`);
    return this.call('POST', `/${id}/approve`, { seen: body.revision, reason: 'I looked at it' }, headers);
  }

  move(id: string, verb: string, headers: Record<string, string> = {}): Promise<ApiAnswer<AnsweredBatch>> {
    return this.call('POST', `/${id}/${verb}`, { reason: `I want to ${verb} it` }, headers);
  }

  async look(id: string): Promise<AnsweredBatch> {
    return (await this.call('GET', `/${id}`)).body;
  }

  see(id: string, isSo: (batch: AnsweredBatch) => boolean, because: string): Promise<AnsweredBatch> {
    return eventually(
      async () => {
        const batch = await this.look(id);
        return isSo(batch) ? batch : undefined;
      },
      { because },
    );
  }

  /** A file of it, line by line. */
  async lines(id: string, file: 'results.csv' | 'remaining.csv'): Promise<string[]> {
    const { body } = await this.call<string>('GET', `/${id}/${file}`);
    return body.trimEnd().split('\r\n');
  }
}

/** Counts that are not zero. */
export function countsIn({ counts }: AnsweredBatch): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
