import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrismaService } from '#libs/platform/index.js';
import type { Prepared } from '#libs/platform/index.js';
import {
  CHECKED,
  CHECKED_TO,
  FIRST_ROW,
  NEXT_ROWS,
  PERSONS_BEFORE,
  SUBJECTS_BEFORE,
} from '../../libs/notifications/src/batch/batch.checking.js';
import { HELD_BACK, WITHDRAW } from '../../libs/notifications/src/batch/batch.mails.js';
import {
  ASKED,
  RETURNS as BATCH_RETURNS,
  RETURNS_OF_SUBMISSIONS,
  SUPPRESSED,
} from '../../libs/notifications/src/batch/batch.facts.js';
import { DELETE_ROWS, RAN_BEFORE } from '../../libs/notifications/src/batch/batch.intake.js';
import { MAILS, ROWS } from '../../libs/notifications/src/batch/batch.reader.js';
import { MAILS_NOW } from '../../libs/notifications/src/batch/batch.room.js';
import {
  MAILS_OF_ROWS_NOW,
  REMOVE_ROWS_WITH_MAILS,
} from '../../libs/notifications/src/batch/batch.row.mails.js';
import { APPLIED, APPLIED_TO, READY_ROWS } from '../../libs/notifications/src/batch/batch.running.sql.js';
import { HOLD } from '../../libs/notifications/src/batch/batch.turns.js';
import { DUE_ASIDES, TAKE } from '../../libs/notifications/src/call-backs/call-back.turns.js';
import { FEED } from '../../libs/notifications/src/call-backs/event.feed.js';
import { DUE } from '../../libs/notifications/src/poll/unacknowledged.js';
import { STILL_WAITING } from '../../libs/notifications/src/record/confirmation.service.js';
import { NAMED } from '../../libs/notifications/src/request/mail.asks.js';
import { ASK, ASKED_BEFORE, GIVE_MAILS } from '../../libs/notifications/src/request/notification.requests.js';
import {
  ERASE_MAILS,
  ERASE_RECEIPTS,
  ERASE_TRIES,
} from '../../libs/notifications/src/retain/erased.mails.js';
import {
  BEGINNING,
  HOLD_MAILS,
  HOLD_RETURNS,
  OLD_MAILS,
  OLD_RETURNS,
  QUIET_RETURNS,
} from '../../libs/notifications/src/retain/retention.statements.js';
import {
  KNOWN_RETURNS,
  LOCK_RETURNS,
  OWNERS,
  SUBMISSIONS,
} from '../../libs/notifications/src/returns/return.store.js';
import {
  ASK_AGAIN,
  ASK_NO_MORE,
  ERASE_RETURNS,
  KEEP_NEWS,
} from '../../libs/notifications/src/returns/return.writes.js';
import { REVISIONS } from '../../libs/notifications/src/returns/return.watch.js';
import { KNOWN_REVISIONS, STATUSES } from '../../libs/notifications/src/returns/status.service.js';
import {
  CONVERSATIONS,
  CONVERSATIONS_WITH,
  FIRST_FAILED,
  FIRST_FAILED_WITH,
  TAKEN_SINCE,
} from '../../libs/notifications/src/send/conversation.statements.js';
import {
  BEGIN,
  CLAIM,
  CONCLUDE,
  OPEN,
  SETTLE,
} from '../../libs/notifications/src/send/notification.statements.js';
import { BRING_FORWARD, RELAY_USE_NOW } from '../../libs/notifications/src/send/relay.use.statements.js';
import { FIRST_PLACE, UNTOLD } from '../../libs/notifications/src/standing/unreachable.js';
import { MOST_WAITING, WAITING } from '../../libs/notifications/src/watch/outgoing.statements.js';
import {
  COUNT_PIECE,
  TAKE_DAY,
} from '../../libs/notifications/src/watch/service-level/service-level.statements.js';
import {
  BUSIEST,
  CAME_BACK,
  COUNT_MAILS,
  FORGET_MINUTES,
  HEARD_BEFORE,
  HEARD_LATELY,
  MARK_UNUSUAL,
} from '../../libs/notifications/src/watch/guards/guard.statements.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { readsOf } from '../support/plan.js';
import type { PlanValue } from '../support/plan.js';
import { proved } from '../support/proved.js';
import { plans } from '../support/sizes.js';

/** A statement, what it is run with for these ids, and the indexes that it may read the tables by. */
interface Planned {
  statement: Prepared<PlanValue[], unknown>;
  given: (ids: string[]) => PlanValue[];
  reads: string[];
}

function planned<Values extends PlanValue[]>(
  statement: Prepared<Values, unknown>,
  given: (ids: string[]) => Values,
  reads: string[],
): Planned {
  return { statement, given, reads };
}

const records = (ids: string[], more: object) =>
  JSON.stringify(ids.map((id) => ({ id, attempt: 1, ...more })));

const ASKED_FOR = { template: 'accepted', occurrence: 'o', source: 's', is_asked: false, overruled: [], to_account: false, is_true: true, delay: 0 }; // prettier-ignore

const opening = {
  relay: 'r',
  language: 'en',
  templateVersion: 'v',
  values: 'sealed',
  addressHashes: ['a', 'b'],
};
const outcome = { outcome: 'accepted', code: 250, response: '250 Ok', state: 'handed_over', wait: 0 };

const NOTIFICATIONS = 'notifications by notifications_pkey';
const MAILS_IN_LINE = 'notifications by notifications_state_due_at_idx';
const MAILS_BY_TIME = 'notifications by notifications_requested_at_idx';
const ENDED = 'deliveries by deliveries_outcome_settled_at_idx';
const DELIVERIES = 'deliveries by deliveries_pkey';
/** All begin with what is asked for. */
const SUBMISSIONS_OF_A_RETURN = [
  'submissions by submissions_pkey',
  'submissions by submissions_tax_return_id_created_at_id_idx',
  'submissions by submissions_tax_return_id_key_key',
];

const EVENTS = 'submission_events by submission_events_submission_uuid_type_occurrence_key';
const EVENTS_BY_SEQUENCE = 'submission_events by submission_events_pkey';
const MAIL_MINUTES = 'mail_minutes by mail_minutes_pkey';
/** A dozen at the most. */
const RESUMES = ['resumes by resumes_pkey', 'all of resumes'];
const EVENTS_IN_ORDER = 'submission_events by submission_events_xid_sequence_idx';
const RETURNS = 'tax_returns by tax_returns_pkey';
const SUBMISSIONS_BY_NAME = 'submissions by submissions_submission_id_key';
/** Of a handful of rows any index that holds the id is as good. */
const SUBMISSIONS_BY_ID = SUBMISSIONS_OF_A_RETURN.slice(0, 2);
const MAILS_OF_A_RETURN = 'notifications by notifications_tax_return_id_template_occurrence_key';

/** One of which every row is in the tables. */
const BATCH: string = randomUUID();
/** There are few, however long each is. */
const HELD_BATCHES = 'batches by batches_held_idx';
const BATCHES = ['batches by batches_pkey', 'batches by batches_made_at_id_idx', 'all of batches'];
const ITS_ROWS = 'batch_rows by batch_rows_pkey';
const ITS_MAILS = 'notifications by notifications_batch_mails_idx';
/** Whatever is asked, it is about a part of them, at either end. */
const LAST = plans.rows;
const numbers = (ids: string[]) => ids.map((_, index) => index + 1);

type Texts = (string | null)[];

const nameOf = (id: string) => `s-${id}`;

const statements = [
  planned(CLAIM, (ids) => [ids, 300_000], [
    NOTIFICATIONS,
    'pauses by pauses_pkey',
    HELD_BATCHES,
    ...BATCHES,
    'rejection_codes by rejection_codes_pkey',
    ...SUBMISSIONS_OF_A_RETURN,
    RETURNS,
  ]),
  planned(SUBMISSIONS, (ids) => [ids], [EVENTS, ...SUBMISSIONS_OF_A_RETURN]),
  planned(OPEN, (ids) => [ids, records(ids, opening), 120_000], [
    NOTIFICATIONS,
    'suppressions by suppressions_address_hash_idx',
  ]),
  planned(BEGIN, (ids) => [ids, ids.map(() => 1)], [DELIVERIES]),
  planned(SETTLE, (ids) => [ids, records(ids, outcome)], [DELIVERIES, NOTIFICATIONS]),
  planned(OWNERS, (ids) => [ids.map(nameOf)], [SUBMISSIONS_BY_NAME]),
  planned(STATUSES, (ids) => [ids], [
    RETURNS,
    ...SUBMISSIONS_OF_A_RETURN,
    EVENTS,
    'rejection_codes by rejection_codes_pkey',
  ]),
  planned(REVISIONS, (ids) => [ids], [RETURNS]),
  planned(KNOWN_REVISIONS, (ids) => [ids], [RETURNS, ...SUBMISSIONS_OF_A_RETURN]),
  planned(DUE, ([id = '']) => [new Date(), new Date(0), nameOf(id), 500], [
    'submissions by submissions_ask_at_idx',
    EVENTS,
  ]),
  planned(FEED, () => ['0', '0', 100], [EVENTS_IN_ORDER, ...SUBMISSIONS_BY_ID]),
  planned(TAKE, ([id = '']) => [id, 1_000], [
    EVENTS_IN_ORDER,
    // Fifty at the most.
    'all of call_backs',
    'call_backs by call_backs_pkey',
    'call_back_asides by call_back_asides_pkey',
    'call_back_asides by call_back_asides_name_due_at_idx',
  ]),
  planned(DUE_ASIDES, () => ['c', 100], [
    'call_back_asides by call_back_asides_name_due_at_idx',
    'call_back_asides by call_back_asides_pkey',
    'submission_events by submission_events_pkey',
    EVENTS_IN_ORDER,
    ...SUBMISSIONS_BY_ID,
  ]),
  planned(ASK_AGAIN, (ids) => [ids.map(nameOf), 1, 0.1], [SUBMISSIONS_BY_NAME]),
  planned(ASK_NO_MORE, (ids) => [ids.map(nameOf)], [SUBMISSIONS_BY_NAME]),
  planned(NAMED, (ids) => [ids.map(nameOf)], [SUBMISSIONS_BY_NAME]),
  planned(LOCK_RETURNS, (ids) => [ids], [RETURNS]),
  planned(KNOWN_RETURNS, (ids) => [ids], [RETURNS]),
  planned(
    KEEP_NEWS,
    (ids) => [
      ids,
      ids,
      records(ids, { submissionId: 's' }),
      '[]',
      JSON.stringify(
        ids.map((id) => ({ submissionId: nameOf(id), codes: [], fullCodes: null, hashes: [''], masked: [] })),
      ),
      [],
    ],
    [RETURNS, SUBMISSIONS_BY_NAME, ...SUBMISSIONS_OF_A_RETURN],
  ),
  planned(GIVE_MAILS, (ids) => [ids, records(ids, {})], [MAILS_OF_A_RETURN]),
  planned(ASK, (ids) => [JSON.stringify(ids.map((id) => ({ ...ASKED_FOR, id, tax_return_id: id })))], [
    RETURNS,
  ]),
  planned(ASKED_BEFORE, (ids) => [ids, records(ids, {})], [MAILS_OF_A_RETURN]),
  planned(STILL_WAITING, (ids) => [ids], ['notifications by notifications_source_idx']),
  planned(UNTOLD, () => [FIRST_PLACE.at, FIRST_PLACE.id, new Date(), 500], [
    'notifications by notifications_untold_idx',
    RETURNS,
    ...SUBMISSIONS_OF_A_RETURN,
  ]),
  planned(CONCLUDE, (ids) => [ids[0] ?? '', 1, 'withheld', 'too-late'], [NOTIFICATIONS]),
  planned(WAITING, () => [new Date(), new Date(), new Date(), MOST_WAITING], [
    MAILS_IN_LINE,
    DELIVERIES,
    'pauses by pauses_pkey',
    // A handful, once.
    'all of pauses',
    HELD_BATCHES,
  ]),
  planned(CONVERSATIONS, () => [20], [ENDED]),
  planned(CONVERSATIONS_WITH, (): [number, Date, string] => [20, new Date(0), 'r'], [ENDED]),
  planned(FIRST_FAILED_WITH, (): [Date, boolean, string, Date] => [new Date(0), false, 'r', new Date(0)], [
    ENDED,
  ]),
  planned(RELAY_USE_NOW, () => [], [DELIVERIES, 'relay_use by relay_use_pkey', 'all of relay_use']),
  planned(BRING_FORWARD, () => ['r', 1_000, 500], [
    MAILS_IN_LINE,
    NOTIFICATIONS,
    DELIVERIES,
    'pauses by pauses_pkey',
    'all of pauses',
    HELD_BATCHES,
  ]),
  planned(FIRST_FAILED, (): [Date, boolean] => [new Date(0), false], [ENDED]),
  planned(TAKEN_SINCE, () => [new Date(0), MOST_WAITING], [ENDED]),
  planned(TAKE_DAY, ([id = '']) => [id, 60_000, 300_000, 86_400_000], [
    MAILS_BY_TIME,
    // A row for each day.
    'all of service_level_days',
    'service_level_days by service_level_days_pkey',
  ]),
  planned(
    COUNT_PIECE,
    (): [Date, Date, Date, number, number, boolean] => [
      new Date(0),
      new Date(),
      new Date(),
      20_000,
      10_000,
      true,
    ],
    [MAILS_BY_TIME, DELIVERIES],
  ),
  planned(COUNT_MAILS, () => [['rejected'], [new Date().toISOString()], [0]], [MAIL_MINUTES, ...RESUMES]),
  planned(BUSIEST, () => ['rejected'], [MAIL_MINUTES]),
  planned(MARK_UNUSUAL, () => ['rejected', new Date()], [MAIL_MINUTES]),
  planned(FORGET_MINUTES, () => [], [MAIL_MINUTES]),
  planned(CAME_BACK, () => [['rejected'], 'urgent', 1_000], [
    MAIL_MINUTES,
    ...RESUMES,
    'mail_receipts by mail_receipts_returned_idx',
    NOTIFICATIONS,
  ]),
  planned(HEARD_LATELY, () => [900_000], [
    EVENTS_BY_SEQUENCE,
    EVENTS,
    ...RESUMES,
    'quarantine by quarantine_resolved_at_received_at_id_idx',
  ]),
  planned(HEARD_BEFORE, () => [900_000], [EVENTS_BY_SEQUENCE]),
  planned(HOLD, (ids) => [BATCH, ids[0] ?? '', 'running', 15_000], BATCHES),
  planned(NEXT_ROWS, () => [BATCH, 0, 1_000], [ITS_ROWS]),
  planned(FIRST_ROW, () => [BATCH, LAST - 5], [ITS_ROWS]),
  planned(SUBJECTS_BEFORE, (ids) => [BATCH, LAST, ids], ['batch_rows by batch_rows_subject_batch_id_idx']),
  planned(
    PERSONS_BEFORE,
    (ids) => [BATCH, LAST, ids, ids.map((_, index) => `user-${index}`), ids.map(() => 2025)],
    ['tax_returns by tax_returns_user_id_tax_year_idx', 'batch_rows by batch_rows_subject_batch_id_idx'],
  ),
  planned(
    CHECKED,
    (ids): [string, number[], string[], Texts, Texts] => [BATCH, numbers(ids), ids, ids, ids],
    [ITS_ROWS],
  ),
  planned(CHECKED_TO, () => [BATCH, 1, '{}'], BATCHES),
  planned(BATCH_RETURNS, (ids) => [ids], [RETURNS]),
  planned(RETURNS_OF_SUBMISSIONS, (ids) => [ids.map(nameOf)], [SUBMISSIONS_BY_NAME, RETURNS]),
  planned(ASKED, (ids) => [ids, 'reminder-submit', 'o'], [MAILS_OF_A_RETURN]),
  planned(SUPPRESSED, (ids) => [ids], ['suppressions by suppressions_address_hash_idx']),
  planned(MAILS_NOW, () => [BATCH, 2_000], [...BATCHES, ITS_MAILS]),
  planned(MAILS_OF_ROWS_NOW, () => [BATCH, 2], [...BATCHES, HELD_BATCHES, ITS_ROWS, NOTIFICATIONS]),
  planned(HELD_BACK, () => [BATCH], [ITS_MAILS]),
  planned(WITHDRAW, () => [BATCH, 1_000], [NOTIFICATIONS, ITS_MAILS, ...BATCHES]),
  planned(READY_ROWS, () => [BATCH, 0, 1_000, ['ready'], 200], [ITS_ROWS]),
  planned(
    APPLIED,
    (ids): [string, number[], string[], Texts, Texts] => [BATCH, numbers(ids), ids, ids, ids],
    [ITS_ROWS],
  ),
  planned(APPLIED_TO, () => [BATCH, 1, '{}'], BATCHES),
  planned(ROWS, () => [BATCH, LAST - 5, 2_000], [ITS_ROWS, NOTIFICATIONS]),
  planned(MAILS, () => [BATCH], [ITS_MAILS]),
  planned(RAN_BEFORE, () => [BATCH, 'h'], [...BATCHES, 'batches by batches_content_idx']),
  planned(DELETE_ROWS, () => [BATCH, 0, 20_000], [ITS_ROWS]),
  planned(OLD_MAILS, () => [0, BEGINNING.at, BEGINNING.id, 500], [
    'notifications by notifications_to_erase_idx',
    ...SUBMISSIONS_OF_A_RETURN,
    EVENTS,
  ]),
  planned(HOLD_MAILS, (ids) => [ids], [NOTIFICATIONS]),
  planned(ERASE_TRIES, (ids) => [ids], [DELIVERIES]),
  planned(ERASE_RECEIPTS, (ids) => [ids], ['mail_receipts by mail_receipts_notification_id_idx']),
  planned(ERASE_MAILS, (ids): [string[], boolean] => [ids, false], [NOTIFICATIONS]),
  planned(OLD_RETURNS, () => [0, BEGINNING.at, BEGINNING.id, 500], [
    'tax_returns by tax_returns_to_erase_idx',
  ]),
  planned(HOLD_RETURNS, (ids) => [ids], [RETURNS]),
  planned(QUIET_RETURNS, (ids) => [0, ids], [
    RETURNS,
    ...SUBMISSIONS_OF_A_RETURN,
    EVENTS,
    MAILS_OF_A_RETURN,
    'backup_verdicts by backup_verdicts_submission_uuid_idx',
    'rejection_codes by rejection_codes_pkey',
  ]),
  planned(ERASE_RETURNS, (ids): [string[], boolean] => [ids, false], [
    RETURNS,
    ...SUBMISSIONS_OF_A_RETURN,
    EVENTS,
    'rejection_codes by rejection_codes_pkey',
  ]),
  planned(REMOVE_ROWS_WITH_MAILS, () => [BATCH, 0, 5_000], [...BATCHES, ITS_ROWS, NOTIFICATIONS]),
];

/** By the plan that was made first, by one that is made for the values, and by the one that Postgres takes. */
const MODES = ['force_generic_plan', 'force_custom_plan', 'auto'];

describe.each([
  ['while nobody counts their rows', false],
  ['while their rows are counted now and then', true],
])('a hot statement that was planned on empty tables, %s,', (_, isCounted) => {
  let database: FreshDatabase;
  let prisma: PrismaService;
  let client: pg.PoolClient;
  let rows = 0;
  let shown = 0;
  beforeAll(async () => {
    database = await freshDatabase('plans');
    prisma = new PrismaService({ DATABASE_URL: database.url, DATABASE_POOL: 2, DATABASE_WAIT: 60_000 });
    client = await prisma.pool.connect();
    // As a worker does that is there before the first mail: prepared, and planned for good.
    await client.query('SET plan_cache_mode = force_generic_plan');
    for (const { statement, given } of statements) await statement.run(client, ...given([randomUUID()]));
  });
  afterAll(async () => {
    client.release();
    await prisma.$disconnect();
    await database.drop();
    proved(
      `Plans, ${isCounted ? 'on tables that were counted' : 'on tables that nobody counted'}: ${shown} of ${statements.length} hot statements, planned when they were empty, read ${rows} rows by index.`,
    );
  });

  describe.each([0, 10, plans.rows])('reads by index alone at %i rows', (target) => {
    let lists: string[][];
    beforeAll(async () => {
      await fill(client, rows, target);
      rows = target;
      if (isCounted) await client.query('ANALYZE');
      const known = await client.query<{ id: string }>('SELECT id FROM notifications LIMIT 200');
      const ids = known.rows.map(({ id }) => id);
      lists = [[randomUUID()], ids.slice(0, 1), ids].filter((list) => list.length > 0);
    });

    it.each(statements)('$statement.name', async ({ statement, given, reads }) => {
      for (const mode of MODES) {
        await client.query(`SET plan_cache_mode = ${mode}`);
        for (const ids of lists) {
          const found = await readsOf(client, statement.name, given(ids));
          expect(found).not.toEqual([]);
          expect(
            found.filter((one) => !reads.includes(one)),
            `${mode}, ${ids.length} ids`,
          ).toEqual([]);
        }
      }
      if (target === plans.rows) shown += 1;
    });
  });
});

/** Mails that were handed over, each of a return with a submission, two events and codes, from one number to another; half of them of a batch. */
async function fill(client: pg.ClientBase, from: number, to: number): Promise<void> {
  await client.query(
    `INSERT INTO batches (id, action, origin, made_by) VALUES ($1, 'error-resolved', 'upload', 'somebody') ON CONFLICT DO NOTHING`,
    [BATCH],
  );
  await client.query(
    `INSERT INTO call_backs (name, url, secret, after_xid, after_sequence, made_by) VALUES ('c', 'u', 's', 0, 0, 'somebody') ON CONFLICT DO NOTHING`,
  );
  // Each statement ends long before the patience with one, on any machine.
  const step = 10_000;
  for (let first = from + 1; first <= to; first += step)
    await client.query(
      `WITH given AS (
         SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS mail
         FROM generate_series(${first}, ${Math.min(first + step - 1, to)}) AS n
       ), returns AS (
         INSERT INTO tax_returns (id, user_id) SELECT id, 'user-' || n FROM given
       ), filed AS (
         INSERT INTO submissions (id, tax_return_id, key, submission_id, created_at) SELECT id, id, 's1', 's-' || n, now() FROM given
       ), happened AS (
         INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at)
         SELECT id, type::submission_event_type, '', type || n, now() FROM given, unnest(ARRAY['processing', 'rejected']) AS type
       ), coded AS (
         INSERT INTO rejection_codes (submission_id, codes, updated_at) SELECT 's-' || n, '[]', now() FROM given
       ), listed AS (
         INSERT INTO batch_rows (batch_id, row, subject, tax_return_id, outcome, notification_id)
         SELECT '${BATCH}', n, id, id, CASE WHEN n % 3 = 0 THEN 'ready' ELSE 'applied' END, mail FROM given
       ), asked AS (
         INSERT INTO notifications (id, tax_return_id, template, occurrence, submission_uuid, submission_id, source, state, due_at, attempt,
                                    batch_id, settled_at)
         SELECT mail, id, 'rejected', id::text, id, 's-' || n, 'rejected' || n,
                (CASE WHEN n % 1000 = 1 THEN 'queued' ELSE 'handed_over' END)::notification_state, now(), 1,
                CASE WHEN n % 2 = 1 THEN '${BATCH}'::uuid END, CASE WHEN n % 1000 <> 1 THEN now() - n * interval '1 second' END
         FROM given
       )
       INSERT INTO deliveries (notification_id, attempt, outcome, reason, relay, language, template_version, settled_at)
       SELECT mail, 1, (CASE WHEN n % 3 = 0 THEN 'deferred' ELSE 'accepted' END)::delivery_outcome,
              CASE WHEN n % 3 = 0 THEN 'relay-full' END, 'relay', 'en', 'v', now() - n * interval '1 second' FROM given`,
    );
}
