import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { NOTABLE, Suppressions } from '#libs/notifications/index.js';
import { aLostReturn, aName, aReturn, aSuppression } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { mailsOf, say, trailOf } from './mails.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('lists-and-notes', { worker: false });
});

/** What somebody did for a submission that was lost. */
async function aRemediation(of: Stack): Promise<{ id: string }> {
  const { submissionId } = await aLostReturn(of);
  const asked = { context: 'sent on paper' };
  return (await of.api<{ id: string }>('POST', `/v1/submissions/${submissionId}/remediations`, asked)).body;
}

const csv = (path: string) => stack.api<string>('GET', path, undefined, { accept: 'text/csv' });

describe('a list as CSV', () => {
  it('has every mail that fits, without addresses, and nothing that a spreadsheet would run', async () => {
    const owner = await aReturn(stack);
    const { taxReturnId, submissionId } = owner;
    await stack.api('POST', '/v1/submission-status', {
      taxReturnId,
      submissionId,
      status: 'rejected',
      incident: '=1+1,"x"',
    });
    await say(stack, await aReturn(stack), 'rejected');
    const { status, headers, body } = await csv(`/v1/notifications.csv?taxReturnId=${taxReturnId}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const [titles, line, ...rest] = body.split('\r\n');
    expect(titles).toMatch(/^id,taxReturnId,template,.*,standing$/);
    expect(line).toMatch(new RegExp(`,${taxReturnId},rejected,.*,"'=1\\+1,""x""",queued,.*,in-process$`));
    expect(rest).toEqual(['']);
    expect((await csv('/v1/notifications.csv?template=rejected')).body.split('\r\n')).toHaveLength(4);
    expect((await csv('/v1/notifications.csv?state=gone')).status).toBe(422);
  });

  it('is longer than one part of it', async () => {
    await stack.sql(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, due_at)
       SELECT gen_random_uuid(), gen_random_uuid(), 'reminder-state', 'x', 'x', now() + interval '1 day' FROM generate_series(1, 1203)`,
    );
    const { body } = await csv('/v1/notifications.csv?template=reminder-state');
    const ids = body
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[0]);
    expect([ids.length, new Set(ids).size]).toEqual([1203, 1203]);
  });
});

describe('a filter', () => {
  const found = async (query: string) => {
    const { body } = await stack.api<{ items: { taxReturnId: string }[] }>(
      'GET',
      `/v1/notifications?${query}`,
    );
    return body.items.map(({ taxReturnId }) => taxReturnId);
  };

  it('finds the mails of a batch, those of an incident, and those that need somebody', async () => {
    const [batched, struck, homeless] = [await aReturn(stack), await aReturn(stack), await aReturn(stack)];
    const batchId = randomUUID();
    const ask = { template: 'reminder-submit', occurrence: 'spring' };
    await stack.api('POST', '/v1/notifications', [{ ...ask, taxReturnId: batched.taxReturnId, batchId }]);
    const news = { submissionId: struck.submissionId, status: 'rejected', incident: 'OPS-77' };
    await stack.api('POST', '/v1/submission-status', { taxReturnId: struck.taxReturnId, ...news });
    await stack.api('POST', '/v1/notifications', { ...ask, taxReturnId: homeless.taxReturnId });
    await stack.sql(`UPDATE notifications SET state = 'no_address' WHERE tax_return_id = $1`, [
      homeless.taxReturnId,
    ]);
    expect(await found(`batchId=${batchId}`)).toEqual([batched.taxReturnId]);
    expect(await found('incident=OPS-77')).toEqual([struck.taxReturnId]);
    expect(await found('need=no-address')).toEqual([homeless.taxReturnId]);
    const { body } = await csv(`/v1/notifications.csv?batchId=${batchId}`);
    expect(body.trim().split('\r\n')).toHaveLength(2);
    const plan = { filter: { batchId }, dryRun: true };
    expect((await stack.api('POST', '/v1/resends', plan)).body).toMatchObject({ matching: 1 });
  });
});

describe('a note', () => {
  it('stands on its item, by whom and when, without the address that somebody typed', async () => {
    const owner = await aReturn(stack);
    await say(stack, owner, 'rejected');
    const [mail] = await mailsOf(stack, owner);
    const note = { kind: 'notification', target: mail?.id, text: `ticket 8812, ${owner.email}` };
    expect((await stack.api('POST', '/v1/notes', note)).status).toBe(201);
    const { body } = await stack.api<{ items: object[] }>(
      'GET',
      `/v1/notes?kind=notification&target=${mail?.id}`,
    );
    expect(body.items).toEqual([
      expect.objectContaining({ actor: 'API_KEY', text: 'ticket 8812, [address]' }),
    ]);
    expect((await csv('/v1/audit-trail.csv')).body).toContain('ticket 8812, [address]');
  });

  it('is written once by a call that is repeated after its answer was lost', async () => {
    const { id: target } = await aSuppression(stack);
    const key = { 'idempotency-key': randomUUID() };
    const write = (text: string) =>
      stack.api('POST', '/v1/notes', { kind: 'suppression', target, text }, key);
    for (const text of ['ticket 8812', 'ticket 8812', 'ticket 8813']) {
      expect((await write(text)).status).toBe(201);
      await stack.sql('DELETE FROM idempotent_calls');
    }
    const { body } = await stack.api('GET', `/v1/notes?kind=suppression&target=${target}`);
    expect(body).toMatchObject({ items: [{ text: 'ticket 8813' }, { text: 'ticket 8812' }] });
  });

  it.each([
    ['suppression', aSuppression, 'lift-suppression'],
    ['remediation', aRemediation, 'mark-unsuccessful'],
  ])('stands among what people did with a %s', async (kind, make, action) => {
    const { id: target } = await make(stack);
    expect((await stack.api('POST', '/v1/notes', { kind, target, text: 'ticket 8812' })).status).toBe(201);
    if (kind === 'suppression') await stack.app.get(Suppressions).lift(target, { actor: 'Ana', reason: 'x' });
    else await stack.api('POST', `/v1/remediations/${target}/unsuccessful`, { context: 'x' });
    const { body } = await stack.api('GET', `/v1/notes?kind=${kind}&target=${target}`);
    expect(body).toEqual({ items: [expect.objectContaining({ text: 'ticket 8812' })] });
    const trail = await stack.api<{ items: object[] }>(
      'GET',
      `/v1/audit/trail?kind=${kind}&target=${target}`,
    );
    expect(trail.body.items).toMatchObject([{ action }, { action: 'note', reason: 'ticket 8812' }]);
  });

  it.each(NOTABLE)('is refused on a %s that is not there', async (kind) => {
    const note = { kind, target: randomUUID(), text: 'x' };
    expect((await stack.api('POST', '/v1/notes', note)).status).toBe(404);
  });
});

describe('what is in quarantine', () => {
  interface Replays {
    matching: number;
    reasons?: object[];
    outcomes?: object;
    detail: string;
  }
  const replay = (body: object) => stack.api<Replays>('POST', '/v1/quarantine/replays', body);

  it('is replayed together: a dry run first, a cap, and the trail has each', async () => {
    const strangers = [aName(), aName(), aName()];
    for (const stranger of strangers) await say(stack, stranger, 'submitted');
    const filter = { kind: 'unmatched', reason: 'unknown-tax-return' };
    const dry = await replay({ filter, dryRun: true });
    expect(dry.body).toMatchObject({
      matching: 3,
      reasons: [{ kind: 'unmatched', reason: 'unknown-tax-return', entries: 3 }],
    });
    for (const order of [{ reason: 'x' }, { dryRun: true }]) {
      const { status, body } = await replay({ filter, ...order, cap: 2 });
      expect([status, body.detail]).toEqual([409, expect.stringMatching(/^3 entries .* the cap is 2\./)]);
    }
    // Turned up unseen, as after a restore of the database.
    await stack.sql('INSERT INTO tax_returns (id) VALUES ($1)', [strangers[0]?.taxReturnId]);
    await stack.sql('INSERT INTO submissions (id, tax_return_id, created_at) VALUES ($1, $2, now())', [
      randomUUID(),
      strangers[0]?.taxReturnId,
    ]);
    const { body } = await replay({ filter, reason: 'the directory is back' });
    expect(body).toMatchObject({ matching: 3, outcomes: { applied: 1, parked: 2, failed: 0 } });
    const [applied] = await stack.sql<{ id: string }>(
      `SELECT id FROM quarantine WHERE resolution = 'applied'`,
    );
    expect(await trailOf(stack, applied?.id ?? '')).toMatchObject([
      {
        action: 'replay',
        reason: 'the directory is back',
        before: { kind: 'unmatched' },
        after: { resolution: 'applied' },
      },
    ]);
    expect((await csv('/v1/quarantine.csv')).body.trim().split('\r\n')).toHaveLength(3);
    expect((await replay({ filter: {}, dryRun: true })).status).toBe(422);
  });
});
