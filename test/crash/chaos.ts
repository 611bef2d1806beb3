import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiProcess } from '../support/api.process.js';
import type { MadeReturn } from '../support/make.js';
import { submitted } from '../support/make.js';
import type { ServiceProcess } from '../support/service.process.js';
import type { Stack } from '../support/stack.js';

/** How much goes wrong. */
export interface ChaosPlan {
  apis: number;
  workers: number;
  /** Milliseconds between two kills of an API, and of a worker. */
  killEvery: number;
  /** Settings of every process. */
  settings: Record<string, string>;
}

/** Real processes of which, again and again, one API and one worker are killed with SIGKILL and replaced. */
export class Chaos {
  kills = 0;
  private readonly ending = new AbortController();
  private killing: Promise<void> | undefined;

  private constructor(
    private readonly stack: Stack,
    private readonly plan: ChaosPlan,
    private readonly apis: ApiProcess[],
    private readonly workers: ServiceProcess[],
  ) {}

  static async start(stack: Stack, plan: ChaosPlan): Promise<Chaos> {
    const apis = Array.from({ length: plan.apis }, () => stack.startApi(plan.settings));
    const workers = Array.from({ length: plan.workers }, () =>
      stack.startWorker({ settings: plan.settings }),
    );
    await Promise.all([...apis, ...workers].map((one) => one.ready()));
    const chaos = new Chaos(stack, plan, apis, workers);
    chaos.killing = chaos.kill();
    // Whoever calms it hears of it.
    chaos.killing.catch(() => undefined);
    return chaos;
  }

  /** No more kills; whoever was started last lives. */
  async calm(): Promise<void> {
    this.ending.abort();
    await this.killing;
  }

  /**
   * Reports over HTTP as a backend would that wants to be sure: the same call with the same Idempotency-Key, to whichever
   * API is there, until one of them says that it is committed.
   */
  async report(owner: MadeReturn): Promise<void> {
    const { taxReturnId, submissionId } = owner;
    const body = JSON.stringify([{ taxReturnId, submissionId, status: 'submitted' }]);
    for (let tries = 0; tries < 300; tries += 1) {
      const status = await this.post(this.apis[tries % this.apis.length]?.url ?? '', taxReturnId, body);
      if (status === 202 || status === 200) return;
      if (status !== undefined && status < 500 && status !== 409 && status !== 429)
        throw new Error(`a report was answered ${status}`);
      await sleep(100);
    }
    throw new Error('no API would take a report');
  }

  /** Undefined when the connection broke: nobody knows what was done. */
  private async post(url: string, idempotencyKey: string, body: string): Promise<number | undefined> {
    try {
      const answer = await fetch(`${url}/v1/submission-status`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.stack.environment.API_KEY}`,
          'content-type': 'application/json',
          'idempotency-key': idempotencyKey,
        },
        body,
        signal: AbortSignal.timeout(10_000),
      });
      await answer.text();
      return answer.status;
    } catch {
      return undefined;
    }
  }

  /** The oldest of each is killed, so that every one of them has its turn, and another starts at once. */
  private async kill(): Promise<void> {
    const { settings, killEvery } = this.plan;
    const { signal } = this.ending;
    while (!signal.aborted) {
      await sleep(killEvery, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await Promise.all([this.apis.shift()?.kill(), this.workers.shift()?.kill()]);
      this.kills += 2;
      const [api, worker] = [this.stack.startApi(settings), this.stack.startWorker({ settings })];
      this.apis.push(api);
      this.workers.push(worker);
      await Promise.all([api.ready(), worker.ready()]);
    }
  }
}

/** Half of the events come over SQS, half over HTTP, `atOnce` calls at a time; done when each is on a queue or committed. */
export async function reportAll(
  stack: Stack,
  chaos: Chaos,
  owners: MadeReturn[],
  atOnce: number,
): Promise<void> {
  const [overSqs, overHttp] = [owners.filter((_, i) => i % 2 === 0), owners.filter((_, i) => i % 2 === 1)];
  const caller = async () => {
    for (let owner = overHttp.pop(); owner; owner = overHttp.pop()) {
      await chaos.report(owner);
      // A backend reports as it goes, not all in one burst that is over before anything dies.
      await sleep(20);
    }
  };
  const queue = async () => {
    for (let from = 0; from < overSqs.length; from += 10) {
      await stack.putAll('confirmation', overSqs.slice(from, from + 10).map(submitted));
      await sleep(100);
    }
  };
  await Promise.all([queue(), ...Array.from({ length: atOnce }, caller)]);
}
