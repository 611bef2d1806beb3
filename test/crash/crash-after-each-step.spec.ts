import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confirmationV2, failed } from '#apps/local/src/direct-file.messages.js';
import type { Step } from '#libs/platform/index.js';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted, type MadeReturn } from '../support/make.js';
import { proved } from '../support/proved.js';
import { queueBackends } from '../support/servers.js';
import { crashTable } from '../support/sizes.js';
import { SmtpPeer } from '../support/smtp.peer.js';
import { Stack } from '../support/stack.js';
import { found, held, type Found } from './found.js';

/** The table of docs/crashes.md. */
interface Row {
  step: Step;
  /** What the dead worker left behind. */
  leaves: Found;
  repairedBy: 'redelivery' | 'the job' | 'the sweep' | 'nobody';
  ends: 'handed_over' | 'unknown';
  mails: 0 | 1;
}

const nothing = { state: undefined, attempt: undefined, deliveries: [] };
const queued = { state: 'queued', attempt: 0, deliveries: [] };
const claimed = { state: 'sending', attempt: 1, deliveries: [] };
const opened = { state: 'sending', attempt: 1, deliveries: [null] };
const settled = { state: 'handed_over', attempt: 1, deliveries: ['accepted'] };

const table: Row[] = [
  { step: 'received', leaves: nothing, repairedBy: 'redelivery', ends: 'handed_over', mails: 1 },
  { step: 'recorded', leaves: queued, repairedBy: 'redelivery', ends: 'handed_over', mails: 1 },
  { step: 'enqueued', leaves: queued, repairedBy: 'the job', ends: 'handed_over', mails: 1 },
  { step: 'acknowledged', leaves: queued, repairedBy: 'the job', ends: 'handed_over', mails: 1 },
  { step: 'claimed', leaves: claimed, repairedBy: 'the sweep', ends: 'handed_over', mails: 1 },
  { step: 'rendered', leaves: claimed, repairedBy: 'the sweep', ends: 'handed_over', mails: 1 },
  { step: 'opened', leaves: opened, repairedBy: 'the sweep', ends: 'handed_over', mails: 1 },
  { step: 'data-began', leaves: opened, repairedBy: 'the sweep', ends: 'unknown', mails: 0 },
  { step: 'handed-over', leaves: opened, repairedBy: 'the sweep', ends: 'unknown', mails: 1 },
  { step: 'settled', leaves: settled, repairedBy: 'nobody', ends: 'handed_over', mails: 1 },
];

/** Where redelivery or the job has to do it, the sweep stays away. */
const repairing = ({ repairedBy }: Row) => ({ SWEEP_EVERY: repairedBy === 'the sweep' ? '300ms' : '1h' });
/** A failure, told when no second one came: a little later, so that whoever queued the mail has not begun to send it when it dies. */
const isDueLater = ({ step }: Row) => step === 'enqueued' || step === 'acknowledged';

interface Story {
  stack: Stack;
  peer: SmtpPeer;
  owner: MadeReturn;
  death: NodeJS.Signals | null;
  left: Found;
}

/** Where a row is played. */
interface Scene {
  stack: Stack;
  peer: SmtpPeer;
}

/** One worker dies after the step; another one lives on what it left, until it has nothing more to do. */
async function crashAndRepair({ stack, peer }: Scene, row: Row): Promise<Story> {
  const owner = await aReturn(stack);
  await stack.put('confirmation', isDueLater(row) ? confirmationV2([failed(owner)]) : submitted(owner));
  const { signal } = await stack.startWorker({ crashAfter: row.step }).ended;
  const left = await found(stack, owner);
  await stack.sql(
    `UPDATE notifications SET lease_until = now() - interval '1 second' WHERE state = 'sending'`,
  );
  await stack.startWorkerHere(repairing(row));
  await stack.idle().finally(() => stack.stopWorkersHere());
  return { stack, peer, owner, death: signal, left };
}

/** Rows that are played at the same time: more would only wait for each other. */
const AT_ONCE = 3;

/** One row of each repair that puts a job into the store, or finds there the one that a dead worker had. */
const ON_EVERY_STORE: Step[] = ['recorded', 'enqueued', 'acknowledged', 'claimed', 'opened'];

describe.each(queueBackends())('a worker is killed, with the send queue on $name', (backend) => {
  const rows =
    crashTable.everyRowOnEveryStore || backend.name === 'postgres'
      ? table
      : table.filter(({ step }) => ON_EVERY_STORE.includes(step));
  const stories = new Map<Step, PromiseSettledResult<Story>>();
  let started = 0;
  let shown = 0;

  async function aScene(): Promise<Scene> {
    const label = `crash-${backend.name}-${(started += 1)}`;
    const peer = await SmtpPeer.start({ pipelining: started % 2 === 1 });
    const settings = { SUBMISSION_ERROR_AFTER: '2', SUBMISSION_ERROR_WITHIN: '5s', SMTP_URL: peer.url };
    return {
      peer,
      stack: await Stack.start(label, { backend, worker: false, settings, visibilityTimeout: 1 }),
    };
  }

  beforeAll(async () => {
    const waiting = [...rows];
    const workOff = async () => {
      let scene = await aScene();
      for (let row = waiting.shift(); row; row = waiting.shift()) {
        const [story] = await Promise.allSettled([crashAndRepair(scene, row)]);
        stories.set(row.step, story);
        // What is not repaired would be in the way of the next row.
        if (story.status === 'rejected') scene = await aScene();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, workOff));
  });
  afterAll(() => {
    proved(
      `Crash table, send queue on ${backend.name}: a worker was killed after ${shown} of ${table.length} steps, and each mail ended as docs/crashes.md says.`,
    );
  });

  it.each(rows)(
    'after "$step": repaired by $repairedBy; it ends $ends, with $mails mail',
    async ({ step, leaves, ends, mails }) => {
      const story = stories.get(step);
      if (story?.status !== 'fulfilled') throw story?.reason;
      const { stack, peer, owner, death, left } = story.value;
      expect({ death, left }).toEqual({ death: 'SIGKILL', left: leaves });
      expect((await found(stack, owner)).state).toBe(ends);
      expect(peer.kept.filter(({ recipient }) => recipient === owner.email)).toHaveLength(mails);

      const { body } = await stack.api<{ items: { state: string }[] }>(
        'GET',
        `/v1/notifications?standing=failure&taxReturnId=${owner.taxReturnId}`,
      );
      expect(body.items).toMatchObject(ends === 'unknown' ? [{ state: 'unknown' }] : []);
      shown += 1;
    },
  );

  it('after it took a job and before it claimed the row: repaired by the send queue, with 1 mail', async () => {
    const { stack, peer } = await aScene();
    const owner = await aReturn(stack);
    const { taxReturnId } = owner;
    await stack.api('POST', '/v1/submission-status', { taxReturnId, status: 'submitted' });
    await held(
      stack,
      'SELECT 1 FROM notifications WHERE tax_return_id = $1 FOR UPDATE',
      taxReturnId,
      async (others) => {
        const worker = stack.startWorker();
        await eventually(async () => (await others.waiting()) === 1, {
          because: 'a claim that waits',
        });
        await worker.kill();
        await others.end();
      },
    );
    expect(await found(stack, owner)).toEqual(queued);
    await stack.startWorkerHere({ SWEEP_EVERY: '1h' });
    await stack.idle();
    expect(peer.kept.map(({ recipient }) => recipient)).toEqual([owner.email]);
  });
});
