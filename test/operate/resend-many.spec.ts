import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ResendService } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { manyReturns } from '../support/make.many.js';
import type { MadeReturn } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import { arrivedFor, say } from './mails.js';

interface Counts {
  matching: number;
  openedAgain: number;
  madeNew: number;
  doneBefore: number;
  leftOut: { why: string; mails: number }[];
  sample: { id: string; does: string }[];
  detail: string;
}

describe.each(queueBackends())('many mails sent again, with the send queue on $name', (backend) => {
  let stack: Stack;
  let owners: MadeReturn[];
  let since: string;
  beforeAll(async () => {
    stack = await Stack.start(`resend-many-${backend.name}`, { backend });
    return () => stack.stop();
  });

  /** Thirty that the relay refused, one that was told, one that is superseded. */
  beforeEach(async () => {
    since = new Date().toISOString();
    owners = await manyReturns(stack, 32);
    const [told, ...others] = owners as [MadeReturn, ...MadeReturn[]];
    for (const { email } of others) stack.mailbox.answer({ at: 'rcpt', to: email, code: 550, times: 1 });
    await stack.api(
      'POST',
      '/v1/submission-status',
      owners.map(({ taxReturnId, submissionId }) => ({ taxReturnId, submissionId, status: 'rejected' })),
    );
    await settled(31);
    await say(stack, others[0] as MadeReturn, 'accepted');
    await stack.idle();
    expect(arrivedFor(stack, told)).toHaveLength(1);
  });

  const settled = (failed: number) =>
    eventually(
      async () => {
        const [row] = await stack.sql<{ n: number }>(
          `SELECT count(*)::int AS n FROM notifications WHERE state = 'failed' AND requested_at >= $1`,
          [since],
        );
        return row?.n === failed;
      },
      { because: `${failed} failed mails` },
    );
  const resends = (body: object, key = `${Math.random()}`) =>
    stack.api<Counts>(
      'POST',
      '/v1/resends',
      { filter: { template: 'rejected', since }, ...body },
      { 'idempotency-key': key },
    );

  it('a dry run says how many, shows some, says who is left out and why, and changes nothing', async () => {
    const before = await stack.sql('SELECT * FROM notifications ORDER BY id');
    const { body } = await resends({ dryRun: true });
    expect(body).toMatchObject({ matching: 32, openedAgain: 30, madeNew: 0, doneBefore: 0 });
    expect(body.leftOut.map(({ why, mails }) => [why, mails]).sort()).toEqual([
      ['already-told', 1],
      ['superseded', 1],
    ]);
    expect(body.sample).toHaveLength(10);
    expect(await stack.sql('SELECT * FROM notifications ORDER BY id')).toEqual(before);
  });

  it('does what the dry run said; the same call again does nothing more', async () => {
    const first = await resends({ reason: 'mended' }, 'mended');
    expect(first.body).toMatchObject({ matching: 32, openedAgain: 30 });
    await stack.idle();
    await stack.sql('DELETE FROM idempotent_calls');
    const second = await resends({ reason: 'mended' }, 'mended');
    expect(second.body).toMatchObject({ matching: 32, openedAgain: 0, madeNew: 0, doneBefore: 30 });
    await stack.sql('DELETE FROM idempotent_calls');
    const another = await resends({ reason: 'they failed again' }, 'mended');
    expect(another.body).toMatchObject({ matching: 32, doneBefore: 0 });
    expect(owners.map((owner) => arrivedFor(stack, owner).length)).toEqual([
      1,
      1,
      ...Array<number>(30).fill(1),
    ]);
    // The one that is no longer true is settled as what it is.
    const [trail] = await stack.sql<{ did: string[] }>(
      `SELECT array_agg(action || ' ' || n ORDER BY action) AS did FROM
       (SELECT action, count(*) AS n FROM audit_trail WHERE reason = 'mended' GROUP BY action) AS counted`,
    );
    expect(trail?.did).toEqual(['resend 30', 'withhold 1']);
  });

  it('is refused whole above its cap, with the number, and so is its dry run', async () => {
    for (const order of [{ reason: 'mended' }, { dryRun: true }]) {
      const { status, body } = await resends({ ...order, cap: 29 });
      expect([status, body.detail]).toEqual([409, expect.stringMatching(/^30 mails .* the cap is 29\./)]);
    }
    await settled(31);
    expect((await resends({ reason: 'mended', cap: 30 })).status).toBe(200);
    await stack.idle();
  });

  it('tells each once, also when several people do it at once while the workers send', async () => {
    const answers = await Promise.all(['a', 'b', 'c'].map((reason) => resends({ reason })));
    expect(answers.reduce((sum, { body }) => sum + body.openedAgain, 0)).toBe(30);
    await stack.idle();
    expect(owners.slice(2).map((owner) => arrivedFor(stack, owner).length)).toEqual(
      Array<number>(30).fill(1),
    );
  });

  it('sends what was told again as new mails where that is overruled, and only once', async () => {
    const order = {
      actor: 'a test',
      reason: 'wrong link in it',
      source: `resend/${since}`,
      override: ['already-told'] as const,
    };
    const ids = (
      await stack.sql<{ id: string }>(
        `SELECT id FROM notifications WHERE state = 'handed_over' AND template = 'rejected' AND requested_at >= $1`,
        [since],
      )
    ).map(({ id }) => id);
    const service = stack.app.get(ResendService);
    expect(await service.resend({ ids }, order)).toMatchObject({ madeNew: 1, openedAgain: 0 });
    expect(await service.resend({ ids }, order)).toMatchObject({ madeNew: 0, doneBefore: 1 });
    await stack.idle();
    expect(arrivedFor(stack, owners[0] as MadeReturn)).toHaveLength(2);
  });

  it('needs a filter and a reason', async () => {
    expect((await resends({ filter: {}, reason: 'x' })).status).toBe(422);
    expect((await resends({})).status).toBe(422);
  });
});
