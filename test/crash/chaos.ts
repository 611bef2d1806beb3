import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiProcess } from '../support/api.process.js';
import { eventually } from '../support/eventually.js';
import type { MadeReturn } from '../support/make.js';
import { submitted } from '../support/make.js';
import type { ServiceProcess } from '../support/service.process.js';
import type { Stack } from '../support/stack.js';

/** How much goes wrong. */
export interface ChaosPlan {
  apis: number;
  workers: number;
  /** After so many mails one API and one worker are killed. */
  killAt: number[];
  /** Settings of every process. */
  settings: Record<string, string>;
}

/** Real processes of which, every so many mails, one API and one worker are killed with SIGKILL and replaced. */
export class Chaos {
  kills = 0;
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

  /** Returns when all kills are done; whoever was started last lives. */
  async over(): Promise<void> {
    await this.killing;
  }

  /**
   * Reports over HTTP as a backend would that wants to be sure: the same call with the same Idempotency-Key, to whichever
   * API is there, until one of them says that it is committed.
   */
  async report(owner: MadeReturn): Promise<void> {
    const { taxReturnId, submissionId } = owner;
    const body = JSON.stringify([{ taxReturnId, submissionId, status: 'submitted' }]);
    for (let tries = 0; tries < 1200; tries += 1) {
      const answer = await this.post(this.apis[tries % this.apis.length]?.url ?? '', taxReturnId, body);
      if (answer?.ok) return;
      if (answer && answer.status < 500 && answer.status !== 409 && answer.status !== 429)
        throw new Error(`a report was answered ${answer.status}`);
      const seconds = Number(answer?.headers.get('retry-after') ?? 0);
      await sleep(Math.max(100, seconds * 1_000));
    }
    throw new Error('no API would take a report');
  }

  /** Undefined when the connection broke: nobody knows what was done. */
  private async post(url: string, idempotencyKey: string, body: string): Promise<Response | undefined> {
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
      return answer;
    } catch {
      return undefined;
    }
  }

  /** The oldest of each is killed, so that every one of them has its turn, and another starts at once. */
  private async kill(): Promise<void> {
    const { settings, killAt } = this.plan;
    for (const mails of killAt) {
      await eventually(() => this.stack.mailbox.mails.length >= mails, {
        because: `${mails} mails`,
      });
      await Promise.all([this.apis.shift()?.kill(), this.workers.shift()?.kill()]);
      this.kills += 2;
      this.apis.push(this.stack.startApi(settings));
      this.workers.push(this.stack.startWorker({ settings }));
    }
  }
}

/**
 * Every other event comes over SQS, the rest over HTTP; done when each is on a queue or committed.
 * @param underWay events at once at most: with more, all of them would be reported before anybody is killed.
 */
export async function reportAll(
  stack: Stack,
  chaos: Chaos,
  owners: MadeReturn[],
  underWay: number,
): Promise<void> {
  const waiting = owners.map((owner, index) => ({ owner, index }));
  const caller = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { owner, index } = next;
      await eventually(() => index - stack.mailbox.mails.length < underWay, {
        because: 'the mails to keep up',
      });
      if (index % 2 === 0) await stack.put('confirmation', submitted(owner));
      else await chaos.report(owner);
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
}
