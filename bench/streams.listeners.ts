import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiProcess } from '../test/support/api.process.js';
import type { MadeReturn } from '../test/support/make.js';

/** Callers that are opened at the same time. */
const AT_ONCE = 50;

/** Many callers with a stream each, who note when they hear something. */
export class Listeners {
  private agent = new Agent({ maxSockets: Infinity });
  private events: { taxReturnId: string; at: number }[] = [];

  constructor(private readonly key: string) {}

  /** Opens a stream for each return, on these processes by turns. All have heard how it stands. */
  async openAll(owners: MadeReturn[], apis: ApiProcess[]): Promise<void> {
    for (let from = 0; from < owners.length; from += AT_ONCE)
      await Promise.all(
        owners
          .slice(from, from + AT_ONCE)
          .map((owner, index) => this.open(owner, apis[index % apis.length]?.url ?? '')),
      );
  }

  /** Waits until all have gone, on both sides. */
  async hangUp(): Promise<void> {
    this.agent.destroy();
    this.agent = new Agent({ maxSockets: Infinity });
    await delay(1_000);
  }

  forget(): void {
    this.events = [];
  }

  /** Milliseconds from each commit to each event of it, once so many have come. */
  async waits(committed: Map<string, number>, events: number): Promise<number[]> {
    while (this.events.length < events) await delay(20);
    return this.events.map(({ taxReturnId, at }) => at - (committed.get(taxReturnId) ?? Number.NaN));
  }

  private open({ taxReturnId }: MadeReturn, url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const { agent } = this;
      const headers = { authorization: `Bearer ${this.key}` };
      get(`${url}/v1/tax-returns/${taxReturnId}/status/events`, { agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`a stream was answered ${response.statusCode}`));
        response.setEncoding('utf8').on('data', (text: string) => {
          if (!text.includes('event: status')) return;
          this.events.push({ taxReturnId, at: performance.now() });
          resolve();
        });
        response.on('error', () => undefined);
      }).on('error', reject);
    });
  }
}
