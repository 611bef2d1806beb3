import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AcknowledgementPolls } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { FakeUpstream, say } from '../support/upstream.js';

let stack: Stack;
let upstream: FakeUpstream;
let polls: AcknowledgementPolls;
beforeAll(async () => {
  upstream = await FakeUpstream.start('acknowledgements');
  stack = await Stack.start('poll-acknowledgements', {
    settings: { UPSTREAM_URL: upstream.url, UPSTREAM_TIMEOUT: '5s', UPSTREAM_EVERY: '1h' },
  });
  polls = stack.app.get(AcknowledgementPolls);
});

/** Nobody is to be asked about, and the upstream knows nothing. */
beforeEach(async () => {
  await stack.idle();
  upstream.reset();
  await stack.sql('UPDATE submissions SET ask_at = NULL');
});

const statusOf = async ({ taxReturnId }: MadeReturn) =>
  (await stack.api(`GET`, `/v1/tax-returns/${taxReturnId}/status`)).body;

const tell = ({ taxReturnId, submissionId }: MadeReturn, status: string) =>
  stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status });

/** They are due now, as after an hour. @returns their ids, in order. */
async function many(count: number): Promise<string[]> {
  const rows = await stack.sql<{ id: string }>(
    `WITH owner AS (INSERT INTO tax_returns (id) SELECT gen_random_uuid() FROM generate_series(1, $1) RETURNING id)
     INSERT INTO submissions (id, tax_return_id, submission_id, created_at) SELECT id, id, 'many-' || id, now() FROM owner
     RETURNING submission_id AS id`,
    [count],
  );
  return rows.map(({ id }) => id).toSorted();
}

const isDue = () => stack.sql(`UPDATE submissions SET ask_at = now() WHERE ask_at IS NOT NULL`);

/** Hours until each is asked about again, and null for who is not any more. */
async function waits(ids: string[]): Promise<(number | null)[]> {
  const rows = await stack.sql<{ hours: number | null }>(
    `SELECT round(extract(epoch FROM ask_at - now()) / 3600)::int AS hours FROM submissions
     WHERE submission_id = ANY($1::text[]) ORDER BY created_at DESC`,
    [ids],
  );
  return rows.map(({ hours }) => hours);
}

describe('what the authority decided, as the upstream knows it', () => {
  it('is recorded, mailed and shown as if its message had come', async () => {
    const [accepted, rejected] = [await aReturn(stack), await aReturn(stack)];
    upstream.knows.set(accepted.submissionId, {
      status: 'accepted',
      occurredAt: '2026-02-04T15:20:00.000Z',
    });
    upstream.knows.set(rejected.submissionId, {
      status: 'rejected',
      rejectionCodes: [{ MeFErrorCode: 'IND-031-04' }],
    });
    expect(await polls.poll()).toMatchObject({ asked: 2, accepted: 1, rejected: 1 });
    expect([await statusOf(accepted), await statusOf(rejected)]).toMatchObject([
      { status: 'Accepted' },
      { status: 'Rejected', rejectionCodes: [{ MeFErrorCode: 'IND-031-04' }] },
    ]);
    const events = await stack.sql<{ at: Date }>(
      `SELECT occurred_at AS at FROM submission_events WHERE type = 'accepted'`,
    );
    expect(events.map(({ at }) => at.toISOString())).toEqual(['2026-02-04T15:20:00.000Z']);
    const told = () =>
      stack.mailbox.mails.filter(({ to }) => to.some((one) => [accepted.email, rejected.email].includes(one)))
        .length;
    await eventually(() => told() === 2, { because: 'a mail for each' });

    await isDue();
    await polls.poll();
    expect(upstream.calls).toHaveLength(1);
  });

  it('is believed without the time or the codes of it that cannot be read', async () => {
    const owner = await aReturn(stack);
    upstream.knows.set(owner.submissionId, {
      status: 'rejected',
      occurredAt: '1970-01-01T00:00:00Z',
      rejectionCodes: [{ MeFErrorCode: 'A-1' }, { MeFErrorCode: 7 }, null],
    });
    expect(await polls.poll()).toMatchObject({ rejected: 1 });
    expect(await statusOf(owner)).toMatchObject({
      status: 'Rejected',
      rejectionCodes: [{ MeFErrorCode: 'A-1' }],
    });
  });

  it('takes back nothing that is settled', async () => {
    const owner = await aReturn(stack);
    upstream.next.push(async (ids, response) => {
      await tell(owner, 'accepted');
      upstream.tell(ids, response);
    });
    upstream.knows.set(owner.submissionId, { status: 'rejected' });
    expect(await polls.poll()).toMatchObject({ asked: 1, accepted: 0, rejected: 0 });
    expect(await statusOf(owner)).toMatchObject({ status: 'Accepted' });
    expect((await stack.api<{ items: unknown[] }>('GET', '/v1/quarantine')).body.items).toEqual([]);
  });

  it.each(['pending', 'processing', 'melted', 'ACCEPTED'])(
    'is nothing yet while it is %s',
    async (status) => {
      const owner = await aReturn(stack);
      upstream.knows.set(owner.submissionId, { status });
      expect(await polls.poll()).toMatchObject({ asked: 1, undecided: 1, accepted: 0 });
      expect(await statusOf(owner)).toMatchObject({ status: 'Pending' });
    },
  );
});

describe('whom the authority has not decided', () => {
  it('is asked about in batches of 100, each once, and not again before it is due', async () => {
    const ids = await many(250);
    await polls.poll();
    expect(upstream.calls.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(upstream.asked.toSorted()).toEqual(ids);
    await polls.poll();
    expect(upstream.calls).toHaveLength(3);
  });

  it('is asked about less often the older it is, and never not at all', async () => {
    const ids = await many(4);
    for (const [index, days] of [0, 10, 60, 5_000].entries())
      await stack.sql(
        `UPDATE submissions SET created_at = now() - $1 * interval '1 day' WHERE submission_id = $2`,
        [days, ids[index]],
      );
    await polls.poll();
    expect(await waits(ids)).toEqual([1, 24, 144, 168]);
  });

  it('is asked about again within the hour when the upstream failed, however old', async () => {
    const [id = ''] = await many(1);
    await stack.sql(
      `UPDATE submissions SET created_at = now() - interval '60 days' WHERE submission_id = $1`,
      [id],
    );
    upstream.next.push((_ids, response) => say(response, 500, {}));
    expect(await polls.poll()).toMatchObject({ failed: 1 });
    expect(await waits([id])).toEqual([1]);
  });

  it('is everybody but those who are decided and those whom the authority does not know yet', async () => {
    const [accepted, rejected, failed, nameless] = [
      await aReturn(stack),
      await aReturn(stack),
      await aReturn(stack),
      await aReturn(stack, { submissionKnown: false }),
    ];
    await tell(accepted, 'accepted');
    await tell(rejected, 'rejected');
    await tell(failed, 'error_mef');
    await polls.poll();
    expect(upstream.asked).toEqual([failed.submissionId]);
    await stack.api('PUT', `/v1/tax-returns/${nameless.taxReturnId}/submissions/s1`, {
      submissionId: nameless.submissionId,
    });
    await isDue();
    await polls.poll();
    expect(upstream.asked.slice(1).toSorted()).toEqual(
      [failed.submissionId, nameless.submissionId].toSorted(),
    );
  });

  it('is kept from nothing by an id that the upstream refuses', async () => {
    const ids = await many(150);
    const [bad = ''] = ids;
    for (const id of ids) upstream.knows.set(id, { status: 'accepted' });
    upstream.always = (asked, response) =>
      asked.includes(bad) ? say(response, 422, {}) : upstream.tell(asked, response);
    expect(await polls.poll()).toMatchObject({ accepted: 149, refused: 1, refusedIds: [bad] });
    expect(await waits([bad])).toEqual([1]);
  });
});

describe('an upstream', () => {
  it('without that endpoint is asked once a run, and nobody is the worse for it', async () => {
    await many(250);
    upstream.always = (_ids, response) => say(response, 404, {});
    const before = stack.log().length;
    expect(await polls.poll()).toMatchObject({ asked: 0, isAbsent: true });
    expect(upstream.calls).toHaveLength(1);
    expect(stack.log().slice(before)).toBe('');
    upstream.always = undefined;
    expect(await polls.poll()).toMatchObject({ asked: 250 });
  });

  it('is asked in a dry run, and nothing is written', async () => {
    const ids = await many(3);
    for (const id of ids) upstream.knows.set(id, { status: 'accepted' });
    expect(await polls.dryRun()).toMatchObject({ asked: 3, accepted: 3 });
    expect(await polls.poll()).toMatchObject({ asked: 3, accepted: 3 });
  });
});
