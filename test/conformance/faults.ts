import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import type { QueueMessage } from '#libs/platform/index.js';
import type { Bench } from './bench.js';
import type { Order, Report } from './doomed.js';
import { QUEUES } from './form.js';
import type { Fault } from './form.js';

/** How long the service may take to reach the place where it is to fail. */
const REACH_WITHIN = 20_000;

/** The faults of a case, and which of them really happened. */
export class Faults {
  readonly #happened = new Set<Fault>();

  constructor(
    private readonly bench: Bench,
    private readonly faults: Fault[],
  ) {}

  /** From here on, for all deliveries: the send queue takes nothing until the given attempt. */
  breakSendQueue(): void {
    for (const fault of this.faults.filter(({ what }) => what === 'mail-queue-down')) {
      const { untilAttempt = 2 } = fault;
      let attempts = 0;
      for (const queue of this.bench.service.every(Queue)) {
        for (const add of ['add', 'addBulk'] as const) {
          const real = queue[add].bind(queue) as (...args: unknown[]) => Promise<unknown>;
          const failing = (...args: unknown[]) => {
            attempts += 1;
            if (attempts >= untilAttempt) return real(...args);
            this.#happened.add(fault);
            return Promise.reject(new Error('the send queue is down, as the case asks'));
          };
          Object.assign(queue, { [add]: failing });
        }
      }
    }
  }

  /** The fault that takes the process down at this delivery, counted from 1. */
  deathAt(delivery: number): Fault | undefined {
    return this.faults.find(
      ({ what, atDelivery = 1 }) =>
        (what === 'crash-after-commit' || what === 'restart-mid-batch') && atDelivery === delivery,
    );
  }

  /** Makes the next commit of what is recorded fail in the database, if this is the delivery for it. */
  async breakCommit(delivery: number): Promise<void> {
    if (!this.#commitFailure(delivery)) return;
    // A sequence keeps counting when its transaction is rolled back: that is how the second commit goes through.
    await this.bench.sql(`
      CREATE SCHEMA conformance;
      CREATE SEQUENCE conformance.commits;
      CREATE FUNCTION conformance.fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('conformance.commits') = 1 THEN
          RAISE EXCEPTION 'the commit fails, as the case asks' USING ERRCODE = 'io_error';
        END IF;
        RETURN NULL;
      END $$;
      CREATE CONSTRAINT TRIGGER fail_once AFTER INSERT OR UPDATE ON submission_events
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION conformance.fail_once();
      CREATE CONSTRAINT TRIGGER fail_once AFTER INSERT ON notifications
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION conformance.fail_once()`);
  }

  /** The database works again. */
  async mendCommit(delivery: number): Promise<void> {
    const fault = this.#commitFailure(delivery);
    if (!fault) return;
    const [row] = await this.bench.sql<{ failed: boolean }>(
      'SELECT is_called AS failed FROM conformance.commits',
    );
    if (row?.failed) this.#happened.add(fault);
    await this.bench.sql('DROP SCHEMA conformance CASCADE');
  }

  /**
   * Another process of the service takes this delivery, and dies: after its commit, or in the middle of the batch.
   * @param message for the listener's handler; without it `put` puts one on the real queue.
   */
  async dieDuring(fault: Fault, message: QueueMessage | undefined, put: () => Promise<void>): Promise<void> {
    await this.bench.stopService();
    const { environment, log } = this.bench;
    const doomed = fork(new URL('./doomed.js', import.meta.url), { stdio: 'inherit' });
    const gone = once(doomed, 'exit');
    const survived = new Promise((resolve) =>
      doomed.on('message', (report: Report) => report === 'survived' && resolve(undefined)),
    );
    try {
      const [before, recordedBefore] = [await this.bench.fingerprint(), await this.bench.recorded()];
      const isRestart = fault.what === 'restart-mid-batch';
      // A job is written down as a whole, and its first chunk is recorded later.
      const spares = isRestart ? QUEUES['s3-notification'] : undefined;
      doomed.send({ service: { environment, log }, message, spares } satisfies Order);
      if (!message) {
        await Promise.race([once(doomed, 'message'), gone]);
        await put();
      }
      const moved = isRestart && this.#movedFrom(recordedBefore, doomed);
      const reached = [
        gone,
        ...(spares && message?.queue === spares ? [] : [survived]),
        ...(moved ? [moved] : []),
      ];
      await Promise.race([...reached, sleep(REACH_WITHIN, undefined, { ref: false })]);
      const recorded = (await this.bench.fingerprint()) !== before;
      if (recorded && (doomed.signalCode === 'SIGKILL' || moved)) this.#happened.add(fault);
    } finally {
      doomed.kill('SIGKILL');
      if (doomed.exitCode === null && doomed.signalCode === null) await gone;
    }
    await this.bench.startService();
    this.breakSendQueue();
  }

  /** Faults that the case asks for and that did not come about: its result would prove nothing. */
  missing(): string[] {
    return this.faults
      .filter((fault) => !this.#happened.has(fault))
      .map(({ what }) => `the fault ${what} never happened: the service did not come to that point`);
  }

  #commitFailure(delivery: number): Fault | undefined {
    return this.faults.find(({ what, atDelivery = 1 }) => what === 'commit-fails' && atDelivery === delivery);
  }

  /** A batch may record its first chunk without announcing it: then its rows say so. */
  async #movedFrom(before: string, doomed: ChildProcess): Promise<void> {
    while (doomed.exitCode === null && doomed.signalCode === null) {
      if ((await this.bench.recorded()) !== before) return;
      await sleep(5);
    }
  }
}
