import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('idempotency', { worker: false });
});

const reminder = (taxReturnId: string = randomUUID()) => ({ taxReturnId, template: 'reminder-state' });

const ask = (key: string, body: unknown) =>
  stack.api<{ id?: string; type?: string }>('POST', '/v1/notifications', body, { 'idempotency-key': key });

const mailsOf = (taxReturnId: string) =>
  stack.sql<{ id: string }>('SELECT id FROM notifications WHERE tax_return_id = $1', [taxReturnId]);

/** Waits until somebody runs a call. */
function running(): Promise<unknown> {
  return eventually(
    async () => (await stack.sql('SELECT 1 FROM idempotent_calls WHERE status IS NULL')).length > 0,
    { because: 'a call that runs' },
  );
}

/** Keeps every asking for a mail waiting until it is let go. */
async function holdAskings(): Promise<{ letGo: () => Promise<void> }> {
  await stack.sql(`CREATE OR REPLACE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NEW; END $$`);
  await stack.sql(
    'CREATE OR REPLACE TRIGGER hold BEFORE INSERT ON notifications EXECUTE FUNCTION wait_for_the_test()',
  );
  const lock = await stack.session();
  await lock.query('SELECT pg_advisory_lock(4711)');
  return {
    letGo: async () => {
      await lock.query('SELECT pg_advisory_unlock(4711)');
      lock.release();
      await stack.sql('DROP TRIGGER hold ON notifications');
    },
  };
}

describe('the same call under the same Idempotency-Key', () => {
  it('is answered as the first time, and says so', async () => {
    const [key, body] = [randomUUID(), reminder()];
    const [first, second] = [await ask(key, body), await ask(key, body)];
    expect([first.status, first.body, first.headers.get('idempotency-replayed')]).toEqual([
      202,
      { id: first.body.id, created: true },
      null,
    ]);
    expect([second.status, second.body, second.headers.get('idempotency-replayed')]).toEqual([
      202,
      first.body,
      'true',
    ]);
    expect(await mailsOf(body.taxReturnId)).toHaveLength(1);
  });

  it('is answered so by another process, and after a restart', async () => {
    const [key, body] = [randomUUID(), reminder()];
    const first = await ask(key, body);
    const other = await stack.startApi().ready();
    const again = await other.call('POST', '/v1/notifications', body, { 'idempotency-key': key });
    expect([again.headers.get('idempotency-replayed'), await again.json()]).toEqual(['true', first.body]);
    await other.terminate();
  });

  it('also covers status messages: a failure counts once, and the second answer says applied too', async () => {
    const { taxReturnId, submissionId } = await aReturn(stack);
    const failure = { taxReturnId, submissionId, status: 'error_mef', failure: { category: 'processing' } };
    const key = randomUUID();
    const send = () => stack.api('POST', '/v1/submission-status', failure, { 'idempotency-key': key });
    const [first, second] = [await send(), await send()];
    expect([first.body, second.body]).toEqual(Array(2).fill({ entries: [{ index: 0, outcome: 'applied' }] }));
    expect(
      await stack.sql(
        `SELECT 1 FROM submission_events e JOIN submissions s ON s.id = e.submission_uuid
         WHERE s.submission_id = $1 AND e.type = 'error_mef'`,
        [submissionId],
      ),
    ).toHaveLength(1);
  });

  it('is told to wait while the first one runs, and is answered alike when it has ended', async () => {
    const [key, body] = [randomUUID(), reminder()];
    const held = await holdAskings();
    const first = ask(key, body);
    await running();
    const early = await ask(key, body);
    expect(early.status).toBe(409);
    expect(early.body.type).toBe('/problems/idempotency-key-in-use');
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    await held.letGo();
    expect((await first).status).toBe(202);
    expect((await ask(key, body)).body).toEqual((await first).body);
    expect(await mailsOf(body.taxReturnId)).toHaveLength(1);
  });
});

describe('under an Idempotency-Key', () => {
  it('another body is refused, on another route it is another call', async () => {
    const key = randomUUID();
    await ask(key, reminder());
    const other = await ask(key, reminder());
    expect([other.status, other.body.type]).toEqual([422, '/problems/idempotency-key-reused']);
    const elsewhere = await stack.api(
      'POST',
      '/v1/submission-status',
      { taxReturnId: randomUUID(), status: 'submitted' },
      { 'idempotency-key': key },
    );
    expect(elsewhere.status).toBe(202);
  });

  it('a call that was refused may be mended and sent again', async () => {
    const [key, body] = [randomUUID(), reminder()];
    expect((await ask(key, { ...body, template: 'birthday' })).status).toBe(422);
    expect((await ask(key, body)).status).toBe(202);
  });

  it('a call whose process was killed is free after its lease, and happens once', async () => {
    const [key, body] = [randomUUID(), reminder()];
    const held = await holdAskings();
    const doomed = await stack.startApi().ready();
    const lost = doomed
      .call('POST', '/v1/notifications', body, { 'idempotency-key': key })
      .catch(() => 'lost');
    await running();
    await doomed.kill();
    expect(await lost).toBe('lost');
    await held.letGo();
    expect((await ask(key, body)).status).toBe(409);
    await stack.sql(
      `UPDATE idempotent_calls SET lease_until = now() - interval '1 second' WHERE status IS NULL`,
    );
    expect((await ask(key, body)).status).toBe(202);
    expect(await mailsOf(body.taxReturnId)).toHaveLength(1);
  });

  it('a call whose answer was lost after the commit happens once, also when its row is long gone', async () => {
    const [key, body] = [randomUUID(), reminder()];
    const first = await ask(key, body);
    await stack.sql('DELETE FROM idempotent_calls');
    expect((await ask(key, body)).body).toEqual({ id: first.body.id, created: false });
    expect(await mailsOf(body.taxReturnId)).toHaveLength(1);
  });

  it('answers are removed by later calls when their age has passed', async () => {
    await ask(randomUUID(), reminder());
    await stack.sql(`UPDATE idempotent_calls SET begun_at = now() - interval '25 hours'`);
    const old = await stack.sql<{ id: string }>('SELECT id FROM idempotent_calls');
    for (let calls = 0; calls <= old.length / 10; calls += 1) await ask(randomUUID(), reminder());
    const left = await stack.sql<{ id: string }>('SELECT id FROM idempotent_calls');
    expect(left.filter(({ id }) => old.some((row) => row.id === id))).toEqual([]);
  });

  it('eight calls at the same time are one', async () => {
    const [key, body] = [randomUUID(), reminder()];
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(key, body)));
    const done = answers.filter(({ status }) => status === 202);
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(done.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status !== 202 && status !== 409)).toEqual([]);
    expect(await mailsOf(body.taxReturnId)).toHaveLength(1);
  });

  it('a key that is too long is a problem of that header', async () => {
    expect((await ask('k'.repeat(256), reminder())).body).toMatchObject({
      errors: [{ parameter: 'Idempotency-Key', in: 'header' }],
    });
  });
});
