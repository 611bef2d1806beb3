import { beforeAll, describe, expect, it } from 'vitest';
import { sendMailV1 } from '#apps/local/src/direct-file.messages.js';
import { Retention } from '#libs/notifications/index.js';
import { SEALED_COLUMNS } from '#libs/platform/index.js';
import { dumpOf } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { manyReturns } from '../support/make.many.js';
import { Stack } from '../support/stack.js';
import { mailIn, mailsOf, say } from '../operate/mails.js';

/** A name that is in everything that may name a taxpayer. */
const NAME = 'quillfeather';
const DAYS = 400;

let stack: Stack;
let retention: Retention;
beforeAll(async () => {
  stack = await Stack.start('retention', { settings: { RETAIN_DAYS: String(DAYS) } });
  retention = stack.app.get(Retention, { strict: false });
});

const erase = (signal = new AbortController().signal) => retention.work(signal);

/** A return with the name in every place that can have one: it failed, was repaired, rejected, and sent again. */
async function named(end: string, email = `${NAME}${end}@example.com`): Promise<MadeReturn> {
  const owner = await aReturn(stack, { email, accountEmail: `account-${email}` });
  const { taxReturnId, submissionId } = owner;
  const events = [
    { status: 'error_xml', failure: { category: 'validation', detail: NAME, message: `${NAME} is no name` } },
    { status: 'error_resolved' },
    {
      status: 'rejected',
      rejectionCodes: [{ MeFErrorCode: 'R0000-500', MeFDescription: `${NAME} is on file already` }],
    },
  ];
  for (const event of events)
    await stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, ...event });
  await stack.put('sendMail', sendMailV1({ REMINDER_STATE: [asked(owner, email)] }));
  await mailIn(stack, owner, 'rejected', 'handed_over');
  await mailIn(stack, owner, 'reminder-state', 'handed_over');
  await stack.idle();
  await stack.sql(
    `INSERT INTO mail_receipts (id, notification_id, attempt, kind, occurred_at, diagnostic, address_hash)
     SELECT 'r-' || n.id, n.id, d.attempt, 'notice', now(), $2, d.address_hash
     FROM notifications n JOIN deliveries d ON d.notification_id = n.id WHERE n.tax_return_id = $1`,
    [taxReturnId, `mailbox of ${NAME} is nearly full`],
  );
  return { ...owner, email };
}

function asked({ taxReturnId, userId }: MadeReturn, to: string) {
  return { to, taxReturnId, userId, context: { state: 'MA', firstName: NAME } };
}

/** Moves all that is on record of returns so many days into the past. */
async function aged(returns: MadeReturn[], days: number): Promise<void> {
  const ids = returns.map(({ taxReturnId }) => taxReturnId);
  const back = `- $2::int * interval '1 day'`;
  const ofThem = 'submission_uuid IN (SELECT id FROM submissions WHERE tax_return_id = ANY($1))';
  for (const statement of [
    `UPDATE notifications SET settled_at = settled_at ${back}, requested_at = requested_at ${back} WHERE tax_return_id = ANY($1)`,
    `UPDATE submission_events SET recorded_at = recorded_at ${back} WHERE ${ofThem}`,
    `UPDATE rejection_codes SET updated_at = updated_at ${back} WHERE submission_id IN (SELECT submission_id FROM submissions WHERE tax_return_id = ANY($1))`,
    `UPDATE submissions SET created_at = created_at ${back} WHERE tax_return_id = ANY($1)`,
    `UPDATE tax_returns SET registered_at = registered_at ${back} WHERE id = ANY($1)`,
  ])
    await stack.sql(statement, [ids, days]);
}

/** Tables, with how many of their rows a name is in. */
async function placesOf(name: string): Promise<Record<string, number>> {
  const places: Record<string, number> = {};
  for (const line of await dumpOf(stack)) {
    const table = line.slice(0, line.indexOf(':'));
    if (line.includes(name)) places[table] = (places[table] ?? 0) + 1;
  }
  return places;
}

/** All that anybody is told of a return, and what is counted. */
async function seen({ taxReturnId }: MadeReturn) {
  const [audit, timeline, status, mails, feed] = await Promise.all(
    [
      '/v1/audit',
      `/v1/tax-returns/${taxReturnId}/timeline`,
      `/v1/tax-returns/${taxReturnId}/status`,
      `/v1/notifications?taxReturnId=${taxReturnId}`,
      '/v1/events',
    ].map(async (path) => (await stack.api('GET', path)).body),
  );
  // When it was asked is no part of what was answered.
  return { audit: { ...audit, at: undefined }, timeline, status, mails, feed };
}

/** The same without what may name somebody. */
function withoutWords(all: object): string {
  const words = ['MeFDescription', 'failureDetail', 'diagnostic'];
  return JSON.stringify(all, (name, value: unknown) => (words.includes(name) ? undefined : value));
}

describe('after RETAIN_DAYS', () => {
  it('nobody is named any more in any table; what happened and who was told when stays, and so does every count', async () => {
    const owner = await named('-old');
    await aged([owner], DAYS + 1);
    // What of it was in quarantine for a while, and an address that nothing was to be sent to, long ago.
    await stack.sql(
      `UPDATE quarantine SET resolved_at = now() - interval '401 days', resolution = 'applied' WHERE resolved_at IS NULL`,
    );
    await stack.sql(
      `INSERT INTO suppressions (id, address_hash, reason, notification_id, tax_return_id, expires_at)
       SELECT gen_random_uuid(), address_hash, 'hard-bounce', notification_id, $1, now() - interval '401 days' FROM deliveries LIMIT 1`,
      [owner.taxReturnId],
    );
    expect(await placesOf(NAME)).toEqual({
      deliveries: expect.any(Number) as number,
      mail_receipts: expect.any(Number) as number,
      notifications: 1,
      rejection_codes: 1,
      submission_events: 1,
      tax_returns: 1,
    });
    const before = await seen(owner);
    expect(await erase()).toMatchObject({ mails: 4, returns: 1, suppressions: 1 });

    expect(await placesOf(NAME)).toEqual({});
    for (const table of ['deliveries', 'mail_receipts', 'suppressions'])
      expect(await stack.sql(`SELECT DISTINCT address_hash FROM ${table}`)).toEqual([{ address_hash: null }]);
    const after = await seen(owner);
    expect(withoutWords(after)).toBe(withoutWords(before));
    const [{ proof } = { proof: [] }] = await stack.sql<{ proof: unknown[] }>(
      `SELECT jsonb_agg(to_jsonb(d) ORDER BY d.opened_at) AS proof FROM deliveries d JOIN notifications n ON n.id = d.notification_id
       WHERE n.tax_return_id = $1`,
      [owner.taxReturnId],
    );
    for (const one of proof)
      expect(one).toMatchObject({
        outcome: 'accepted',
        response: expect.stringMatching(/^250 /) as string,
        relay: expect.any(String) as string,
        language: 'en',
        template_version: expect.any(String) as string,
        settled_at: expect.any(String) as string,
        values: null,
        address_hash: null,
      });
    expect(await erase()).toEqual({ mails: 0, returns: 0, messages: 0, suppressions: 0, testMails: 0 });
  });

  it('every sealed column says with what it goes, and is empty when that has gone', async () => {
    const gone = {
      'with-mail': 'erased_at IS NOT NULL',
      'with-return': 'erased_at IS NOT NULL',
      'with-message': `resolved_at < now() - interval '${DAYS} days'`,
    };
    const owners: Record<string, string> = {
      deliveries: 'deliveries d JOIN notifications n ON n.id = d.notification_id',
      submission_events:
        'submission_events e JOIN submissions s ON s.id = e.submission_uuid JOIN tax_returns t ON t.id = s.tax_return_id',
      rejection_codes:
        'rejection_codes r JOIN submissions s USING (submission_id) JOIN tax_returns t ON t.id = s.tax_return_id',
    };
    for (const { table, column, erased } of SEALED_COLUMNS) {
      if (erased === 'never') continue;
      const [left] = await stack.sql<{ rows: number; left: number }>(
        `SELECT count(*)::int AS rows, count("${column}")::int AS left FROM ${owners[table] ?? table} WHERE ${gone[erased]}`,
      );
      expect({ table, column, left: left?.left }).toEqual({ table, column, left: 0 });
      if (table !== 'quarantine') expect(left?.rows).toBeGreaterThan(0);
    }
  });

  it('a mail that is gone is neither shown nor sent again, and it is said why', async () => {
    const [mail] = await stack.sql<{ id: string }>(
      `SELECT id FROM notifications WHERE erased_at IS NOT NULL AND template = 'rejected'`,
    );
    const page = await stack.api('GET', `/preview/notifications/${mail?.id}`);
    expect(page.status).toBe(410);
    expect(JSON.stringify(page.body)).toContain('What this mail said was erased on');
    const order = { reason: 'asked for', override: ['already-told'], n: 1 };
    expect(await stack.api('POST', `/v1/notifications/${mail?.id}/resend`, order)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('has been erased') as string },
    });
  });

  it('what is young, untold or on its way stays whole, and goes when that is over', async () => {
    const young = await named('-young');
    const untold = await aReturn(stack, { email: `${NAME}-untold@example.com` });
    const pending = await aReturn(stack, { email: `${NAME}-pending@example.com` });
    stack.mailbox.answer({ at: 'rcpt', code: 550, to: `${NAME}-untold@example.com` });
    await say(stack, untold, 'accepted');
    await mailIn(stack, untold, 'accepted', 'failed');
    await say(stack, pending, 'submitted');
    await mailIn(stack, pending, 'submitted', 'handed_over');
    await aged([untold, pending], DAYS + 1);
    await aged([young], DAYS - 1);
    const before = await dumpOf(stack);
    expect(await erase()).toMatchObject({ mails: 0, returns: 0 });
    expect(await dumpOf(stack)).toEqual(before);

    const [mail] = await mailsOf(stack, untold);
    const told = { resolution: 'told-by-other-means', reason: 'r', context: 'by letter', evidence: 'no. 1' };
    expect((await stack.api('POST', `/v1/notifications/${mail?.id}/resolution`, told)).status).toBe(200);
    await say(stack, pending, 'accepted');
    await mailIn(stack, pending, 'accepted', 'handed_over');
    await aged([untold, pending], DAYS + 1);
    await aged([young], 2);
    expect(await erase()).toMatchObject({ mails: 7, returns: 3 });
    expect(await placesOf(NAME)).toEqual({});
  });

  it('a return that is gone is written to again as ever, and forgotten again in its time', async () => {
    const owner = await named('-again');
    await aged([owner], DAYS + 1);
    await erase();
    await say(stack, owner, 'accepted');
    await mailIn(stack, owner, 'accepted', 'no_address');
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email });
    await mailIn(stack, owner, 'accepted', 'handed_over');
    expect(await erase()).toMatchObject({ mails: 0, returns: 0 });
    await aged([owner], DAYS + 1);
    expect(await erase()).toMatchObject({ mails: 1, returns: 1 });
    expect(await placesOf(NAME)).toEqual({});
  });
});

describe('many old mails', () => {
  /** More than two steps. */
  const MANY = 1_100;

  async function oldMails(): Promise<void> {
    const owners = await manyReturns(stack, MANY);
    await stack.sql(
      `WITH accepted AS (
         INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at)
         SELECT s.id, 'accepted', '', 'accepted/' || s.id, now() FROM submissions s WHERE s.tax_return_id = ANY($1)
       ), told AS (
         INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, attempt, context, settled_at, requested_at)
         SELECT gen_random_uuid(), id, 'accepted', 'old', 'old/' || id, 'handed_over', now(), 1, 'sealed', now() - interval '500 days', now() - interval '500 days'
         FROM unnest($1::uuid[]) AS id RETURNING id
       )
       INSERT INTO deliveries (notification_id, attempt, outcome, relay, language, template_version, "values", address_hash)
       SELECT id, 1, 'accepted', 'relay', 'en', 'v', 'sealed', 'hash' FROM told`,
      [owners.map(({ taxReturnId }) => taxReturnId)],
    );
  }

  /** Mails that are whole, that are gone, and that are neither. */
  async function halves() {
    const [row] = await stack.sql<{ whole: number; gone: number; neither: number }>(
      `SELECT count(*) FILTER (WHERE n.erased_at IS NULL AND d."values" IS NOT NULL AND n.context IS NOT NULL)::int AS whole,
              count(*) FILTER (WHERE n.erased_at IS NOT NULL AND d."values" IS NULL AND n.context IS NULL)::int AS gone,
              count(*) FILTER (WHERE (n.erased_at IS NULL) <> (d."values" IS NOT NULL))::int AS neither
       FROM notifications n JOIN deliveries d ON d.notification_id = n.id WHERE n.source LIKE 'old/%'`,
    );
    return row;
  }

  it('are shared by two workers, each erased once', async () => {
    await oldMails();
    const other = await stack.startWorkerHere();
    const done = await Promise.all([
      erase(),
      other.get(Retention, { strict: false }).work(new AbortController().signal),
    ]);
    await stack.stopWorkersHere();
    // What one held when the other came by is the next round's.
    const left = await erase();
    expect([...done, left].reduce((sum, { mails }) => sum + mails, 0)).toBe(MANY);
    expect(await halves()).toEqual({ whole: 0, gone: MANY, neither: 0 });
  });

  it('are never half erased when a worker is cut off in the middle, and the next one does the rest', async () => {
    await oldMails();
    const gate = await stack.session();
    // A row of the second step is held by another, so that the worker stands still in the middle of it.
    await gate.query('BEGIN');
    await gate.query(
      `SELECT 1 FROM deliveries WHERE notification_id = (
         SELECT id FROM notifications WHERE source LIKE 'old/%' AND erased_at IS NULL ORDER BY settled_at, id OFFSET 600 LIMIT 1) FOR UPDATE`,
    );
    const cut = erase().then(
      () => 'ended',
      () => 'cut off',
    );
    await eventually(
      async () =>
        (
          await stack.sql(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%UPDATE deliveries d%'`,
          )
        ).length > 0,
      { because: 'a worker that stands still in a step' },
    );
    expect(await cut).toBe('cut off');
    await gate.query('ROLLBACK');
    gate.release();
    expect(await halves()).toEqual({ whole: MANY - 500, gone: MANY + 500, neither: 0 });
    expect(await erase()).toMatchObject({ mails: MANY - 500 });
    expect(await halves()).toEqual({ whole: 0, gone: 2 * MANY, neither: 0 });
  });
});
