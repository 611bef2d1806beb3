import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SweepService } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { arrivedFor, mailIn, mailsOf, say, trailOf } from './mails.js';

interface Pauses {
  items: { template: string; actor: string; reason: string; waiting: number }[];
}

describe.each(queueBackends())('a pause, with the send queue on $name', (backend) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start(`pause-${backend.name}`, { backend, settings: { SWEEP_GRACE: '0ms' } });
    return () => stack.stop();
  });
  afterEach(async () => {
    for (const template of ['all', 'rejected']) await resume(template);
  });

  const pause = (template: string) =>
    stack.api<{ created: boolean }>('POST', '/v1/pauses', { template, reason: 'a wrong link' });
  const resume = (template: string) =>
    stack.api<{ queued: number }>('DELETE', `/v1/pauses/${template}`, { reason: 'link mended' });
  const waiting = async () => (await stack.api<Pauses>('GET', '/v1/pauses')).body.items;

  it('holds the mails of its template back, fails none and stops no other; after it they go by themselves', async () => {
    await pause('rejected');
    const owner = await aReturn(stack);
    await say(stack, owner, 'rejected');
    await say(stack, owner, 'submitted');
    await mailIn(stack, owner, 'submitted', 'withheld');
    const other = await aReturn(stack);
    await say(stack, other, 'accepted');
    await mailIn(stack, other, 'accepted', 'handed_over');
    // What waits is none of the sweep's business either, or it would stand in the way of what may go.
    expect(await stack.app.get(SweepService).sweep()).toMatchObject({ queued: 0 });
    expect(await mailIn(stack, owner, 'rejected', 'queued')).toMatchObject({ attempt: 0 });
    expect(await waiting()).toEqual([
      expect.objectContaining({ template: 'rejected', actor: 'API_KEY', reason: 'a wrong link', waiting: 1 }),
    ]);
    expect((await resume('rejected')).body.queued).toBe(1);
    await mailIn(stack, owner, 'rejected', 'handed_over');
    expect(await waiting()).toEqual([]);
  });

  it('of everything holds everything; a template stays held until both are resumed', async () => {
    await pause('all');
    await pause('rejected');
    const [first, second] = [await aReturn(stack), await aReturn(stack)];
    await say(stack, first, 'accepted');
    await say(stack, second, 'rejected');
    await eventually(async () => (await waiting())[0]?.waiting === 2, { because: 'two mails that wait' });
    await resume('all');
    await mailIn(stack, first, 'accepted', 'handed_over');
    expect((await mailsOf(stack, second)).map(({ state }) => state)).toEqual(['queued']);
    await resume('rejected');
    await mailIn(stack, second, 'rejected', 'handed_over');
    expect([first, second].map((owner) => arrivedFor(stack, owner).length)).toEqual([1, 1]);
  });

  it('may be begun twice and ended twice; the trail has each once', async () => {
    const before = (await trailOf(stack, 'rejected')).length;
    expect([(await pause('rejected')).body.created, (await pause('rejected')).body.created]).toEqual([
      true,
      false,
    ]);
    expect([(await resume('rejected')).status, (await resume('rejected')).status]).toEqual([200, 404]);
    const trail = (await trailOf(stack, 'rejected')).slice(before);
    expect(trail.map(({ action, reason }) => [action, reason])).toEqual([
      ['pause', 'a wrong link'],
      ['resume', 'link mended'],
    ]);
  });

  it('is of a template that is known', async () => {
    expect((await pause('invoices')).status).toBe(422);
  });
});
