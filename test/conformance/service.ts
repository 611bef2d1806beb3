import { appendFileSync } from 'node:fs';
import { ModulesContainer } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ApiModule } from '#apps/api/src/api.module.js';
import { serve } from '#apps/api/src/http.js';
import { WorkerModule } from '#apps/worker/src/worker.module.js';
import { JsonLogger, PlatformModule, readSettings, SqsListener } from '#libs/platform/index.js';
import type { QueueMessage } from '#libs/platform/index.js';

/** What a listener does with the messages it receives. */
export type Handler = (messages: QueueMessage[]) => Promise<unknown>;

export interface Answer<T> {
  status: number;
  body: T;
}

/** What it takes to start the service, also in a process of its own. */
export interface ServiceOptions {
  environment: Record<string, string>;
  /** The file that its log goes to. */
  log: string;
}

/** One process of the service as it runs in production: API and worker, with nothing replaced. */
export class Service {
  private constructor(
    private readonly app: NestExpressApplication,
    private readonly url: string,
    private readonly key: string,
  ) {}

  static async start({ environment, log }: ServiceOptions): Promise<Service> {
    const settings = readSettings(environment);
    const app = await serve(
      {
        module: class ConformanceProcess {},
        imports: [PlatformModule.with(settings), ApiModule, WorkerModule],
      },
      settings,
      new JsonLogger(settings.LOG_LEVEL, (line) => appendFileSync(log, line)),
    );
    return new Service(app, await app.getUrl(), settings.API_KEY ?? '');
  }

  /** Calls the HTTP interface with the key. */
  async api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: (isJson ? JSON.parse(text) : text) as T };
  }

  /** Calls the HTTP interface where anything but success means that the case cannot go on. */
  async must<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.api<T>(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Every item of a listing that comes in pages. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const after: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page: { items: T[]; nextCursor: string | null } = await this.must(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}limit=500${after}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }

  /** The handler of the listener that reads this queue, wherever in the application it stands. */
  handler(queue: string): Handler | undefined {
    for (const instance of this.providers()) {
      for (const member of Object.values(instance).flat()) {
        if (!(member instanceof SqsListener)) continue;
        // Private to all others: a test of redelivery has no other way to a message that was acknowledged.
        const { options } = member as unknown as { options: { queue: string; handle: Handler } };
        if (options.queue === queue) return (messages) => options.handle(messages);
      }
    }
    return undefined;
  }

  /** Every provider of this class. */
  every<T extends object>(type: abstract new (...args: never[]) => T): T[] {
    return [...new Set(this.providers().filter((instance) => instance instanceof type))] as T[];
  }

  async stop(): Promise<void> {
    await this.app.close();
  }

  private providers(): object[] {
    return [...this.app.get(ModulesContainer).values()].flatMap((module) =>
      [...module.providers.values()].flatMap(({ instance }) =>
        typeof instance === 'object' && instance !== null ? [instance] : [],
      ),
    );
  }
}
