import { beforeAll, describe, expect, it } from 'vitest';
import { confirmationV2, failed, statusChangeV1 } from '#apps/local/src/direct-file.messages.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn, register } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('early-and-unreadable');
});

const mailsTo = (address: string) => stack.mailbox.mails.filter((mail) => mail.to.includes(address));

interface QuarantineItem {
  id: string;
  kind: string;
  reason: string;
  detail: string;
  submissionId: string | null;
  taxReturnId: string | null;
  replays: number;
  resolution: string | null;
}

async function quarantined(match: Partial<QuarantineItem>, resolved = false): Promise<QuarantineItem[]> {
  const { body } = await stack.api<{ items: QuarantineItem[] }>(
    'GET',
    `/v1/quarantine?limit=500&resolved=${resolved}`,
  );
  return body.items.filter((item) =>
    Object.entries(match).every(([name, value]) => item[name as keyof QuarantineItem] === value),
  );
}

describe('what comes too early', () => {
  it('waits where an operator sees it and is applied when its submission turns up', async () => {
    const owner = aName();
    await stack.put('statusChange', statusChangeV1({ rejected: [owner.submissionId] }));
    await eventually(async () => (await quarantined({ submissionId: owner.submissionId })).length === 1, {
      because: 'the parked rejection',
    });
    expect(mailsTo(owner.email)).toHaveLength(0);
    await register(stack, owner);
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(1);
    expect(await quarantined({ submissionId: owner.submissionId }, true)).toMatchObject([
      { kind: 'unmatched', resolution: 'applied' },
    ]);
  });

  it('is applied in the order in which it came', async () => {
    const owner = aName();
    await stack.put('statusChange', statusChangeV1({ rejected: [owner.submissionId] }));
    await stack.idle();
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await stack.idle();
    await register(stack, owner);
    const { body } = await stack.api<{ events: { type: string }[] }>(
      'GET',
      `/v1/submissions/${owner.submissionId}`,
    );
    expect(body.events.map((event) => event.type)).toEqual(['processing', 'rejected', 'accepted']);
  });

  it('over HTTP is parked too, and the caller is told so', async () => {
    const owner = aName();
    const accepted = { taxReturnId: owner.taxReturnId, submissionId: owner.submissionId, status: 'accepted' };
    const { status, body } = await stack.api('POST', '/v1/submission-status', accepted);
    expect([status, body]).toEqual([
      202,
      { entries: [expect.objectContaining({ outcome: 'parked', reason: 'unknown-submission' })] },
    ]);
    await register(stack, owner);
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(1);
  });

  it('may name a submission by what is the id of some return', async () => {
    const { taxReturnId: submissionId } = await aReturn(stack);
    const owner = { ...aName(), submissionId };
    const accepted = { taxReturnId: owner.taxReturnId, submissionId, status: 'accepted' };
    expect((await stack.api('POST', '/v1/submission-status', accepted)).body).toEqual({
      entries: [expect.objectContaining({ outcome: 'parked', reason: 'unknown-submission' })],
    });
    await register(stack, owner);
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(1);
  });

  it('gives a confirmation to the submission that is registered later without an id', async () => {
    const owner = aName();
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email });
    await stack.put('confirmation', confirmationV2([{ ...owner, eventType: 'Submitted', receiptId: 'R7' }]));
    await stack.idle();
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}/submissions/s1`, {});
    const { body } = await stack.api('GET', `/v1/submissions/${owner.submissionId}`);
    expect(body).toMatchObject({ receiptId: 'R7', key: 's1' });
  });

  it('is found by the sweep when the process died between registration and replay', async () => {
    const owner = aName();
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await eventually(async () => (await quarantined({ submissionId: owner.submissionId })).length === 1, {
      because: 'the parked acceptance',
    });
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email });
    // What a registration commits before it replays.
    await stack.sql(
      `INSERT INTO submissions (id, tax_return_id, key, submission_id, created_at) VALUES (gen_random_uuid(), $1, 's1', $2, now())`,
      [owner.taxReturnId, owner.submissionId],
    );
    await eventually(() => mailsTo(owner.email).length === 1, {
      because: 'the mail that the sweep makes due',
    });
  });
});

describe('what cannot be applied', () => {
  it('is quarantined whole when it cannot be read, with the reason and without acting on it', async () => {
    await stack.put('statusChange', '{"some_key":"some_val_without_a_closing_string} \n');
    const item = await eventually(
      async () => {
        const items = await quarantined({ kind: 'unreadable' });
        return items[0];
      },
      { because: 'the unreadable message' },
    );
    expect(item).toMatchObject({ reason: 'unreadable', detail: 'The message is not JSON' });
    const { status, body } = await stack.api('POST', `/v1/quarantine/${item.id}/replay`, {
      reason: 'tried again',
    });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        quarantine: expect.objectContaining({ replays: 1, resolution: null }) as object,
      }),
    ]);
  });

  it('does not keep its neighbours on the queue, however it breaks its reader', async () => {
    const good = await aReturn(stack);
    const deep = `{"taxReturnId":"${good.taxReturnId}","status":"submitted","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    await stack.putAll('confirmation', [deep, confirmationV2([failed(good)])]);
    await stack.idle();
    expect(mailsTo(good.email)).toHaveLength(1);
  });

  it('is refused entry by entry, and its neighbours are applied', async () => {
    const [bad, good] = [await aReturn(stack), await aReturn(stack)];
    await stack.put('confirmation', confirmationV2([{ ...failed(bad), metadata: null }, failed(good)]));
    await stack.idle();
    expect(mailsTo(good.email)).toHaveLength(1);
    expect(await quarantined({ submissionId: bad.submissionId })).toMatchObject([
      { kind: 'refused', taxReturnId: bad.taxReturnId },
    ]);
  });

  it('is refused when the database will not take it, and its neighbours are applied', async () => {
    const [bad, good] = [await aReturn(stack), await aReturn(stack)];
    const entries = [bad, good].map(({ taxReturnId, submissionId }) => ({
      taxReturnId,
      submissionId,
      status: 'accepted',
    }));
    await stack.sql(`ALTER TABLE submission_events ADD CONSTRAINT no_bad CHECK (incident <> 'bad')`);
    await stack.put('confirmation', JSON.stringify([{ ...entries[0], incident: 'bad' }, entries[1]]));
    await stack.idle();
    await stack.sql('ALTER TABLE submission_events DROP CONSTRAINT no_bad');
    expect(mailsTo(good.email)).toHaveLength(1);
    expect(await quarantined({ submissionId: bad.submissionId })).toMatchObject([
      { kind: 'refused', reason: 'not-stored' },
    ]);
  });

  it('is not parked but brought again by the queue when a connection was cut in mid-transaction', async () => {
    const owner = await aReturn(stack);
    await stack.sql(`CREATE SEQUENCE cuts`);
    await stack.sql(`
      CREATE FUNCTION cut_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('cuts') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
        RETURN NEW;
      END $$`);
    await stack.sql(
      `CREATE TRIGGER cut_once BEFORE INSERT ON submission_events FOR EACH ROW EXECUTE FUNCTION cut_once()`,
    );
    await stack.put('statusChange', statusChangeV1({ accepted: [owner.submissionId] }));
    await eventually(() => mailsTo(owner.email).length === 1, { because: 'the mail of the second delivery' });
    await stack.sql(`DROP TRIGGER cut_once ON submission_events`);
    expect(await quarantined({ submissionId: owner.submissionId })).toEqual([]);
    const [cuts] = await stack.sql<{ last: number }>(`SELECT last_value::int AS last FROM cuts`);
    expect(cuts?.last).toBeGreaterThanOrEqual(2);
  });

  it('is applied by a replay once the facts have changed, and by a second replay not again', async () => {
    const owner = await aReturn(stack);
    await stack.put(
      'confirmation',
      JSON.stringify({ taxReturnId: owner.taxReturnId, status: 'error_resolved' }),
    );
    const item = await eventually(
      async () => {
        const items = await quarantined({ taxReturnId: owner.taxReturnId });
        return items[0];
      },
      { because: 'the refused repair' },
    );
    expect(item).toMatchObject({ kind: 'refused', reason: 'no-open-failure' });
    await stack.put('confirmation', confirmationV2([failed(owner)]));
    await stack.idle();
    for (const outcome of ['applied', 'duplicate']) {
      const { body } = await stack.api('POST', `/v1/quarantine/${item.id}/replay`, { reason: 'tried again' });
      expect(body).toMatchObject({ entries: [{ outcome }] });
    }
    await stack.idle();
    expect(mailsTo(owner.email)).toHaveLength(2);
  });

  it('counts as applied when another replay of it was quicker, or when the note of the first was lost', async () => {
    const owner = aName();
    await stack.put('statusChange', statusChangeV1({ rejected: [owner.submissionId] }));
    await stack.idle();
    const [parked] = await quarantined({ submissionId: owner.submissionId });
    await register(stack, owner);
    await stack.idle();
    await stack.sql('UPDATE quarantine SET resolved_at = NULL, resolution = NULL WHERE id = $1', [
      parked?.id,
    ]);
    await stack.api('POST', `/v1/quarantine/${parked?.id}/replay`, { reason: 'tried again' });
    expect(await quarantined({ submissionId: owner.submissionId }, true)).toMatchObject([
      { resolution: 'applied' },
    ]);
    expect(mailsTo(owner.email)).toHaveLength(1);
  });
});
