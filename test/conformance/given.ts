import type { Bench } from './bench.js';
import type { Case, GivenEvent } from './form.js';
import { ownEvent, ownTemplate } from './names.js';
import { plannedReturns, withGeneratedIds } from './returns.js';
import type { PlannedReturn } from './returns.js';

/** A submission as it was registered. */
export interface Registered {
  key: string;
  /** Our own id, which readers use while the authority's is unknown. */
  uuid: string;
  taxReturnId: string;
  submissionId: string | undefined;
  events: GivenEvent[];
}

/** What stands at the beginning of a case. */
export interface World {
  returns: PlannedReturn[];
  /** By the key that names it in the expectations. */
  submissions: Map<string, Registered>;
  /** Attempts that a mail had before the case, by its id. */
  triesBefore: Map<string, number>;
}

/** Calls to the service that are under way at once. */
const AT_ONCE = 8;
/** What one call of POST /v1/submission-status takes. */
const ENTRIES = 1000;

/** Writes what a case begins with, waits until the service is idle, and empties the inbox. */
export async function setUp(bench: Bench, { given }: Case): Promise<World> {
  const returns = plannedReturns(given);
  const registered = (await inParallel(returns, (one) => register(bench, one))).flat();
  await record(bench, registered);
  // Written-out returns come first: where a generated one has the same key, theirs is meant.
  const submissions = new Map(registered.reverse().map((one) => [one.key, one]));

  for (const [submissionId, codes] of Object.entries(given.statusService?.rejectionCodes ?? {}))
    await bench.service.must('PUT', `/v1/submissions/${submissionId}/rejection-codes`, codes);
  for (const mail of given.sendEmails) await askedEarlier(bench, mail);
  for (const { taxReturnId } of returns.filter((one) => one.factsUnreadable))
    await makeUnreadable(bench, taxReturnId);
  for (const [key, object] of Object.entries(given.s3Objects)) {
    const body = typeof object === 'string' ? object : JSON.stringify(object);
    await bench.putObject(key, withGeneratedIds(body, given));
  }

  await bench.idle(patience(returns.length));
  bench.mailbox.clear();
  for (const submissionId of Object.keys(given.cache)) {
    const { taxReturnId } = await bench.service.must<{ taxReturnId: string }>(
      'GET',
      `/v1/submissions/${submissionId}`,
    );
    await bench.service.must('GET', `/v1/tax-returns/${taxReturnId}/status`);
    await bench.service.must('GET', `/v1/submissions/${submissionId}/status`);
  }
  for (const to of given.smtp?.failFirstAttemptFor ?? [])
    bench.mailbox.answer({ at: 'rcpt', to, code: 451, times: 1 });
  for (const to of given.smtp?.alwaysFailFor ?? []) bench.mailbox.answer({ at: 'rcpt', to, code: 550 });
  const triesBefore = new Map(given.sendEmails.map(({ id, results }) => [id, results.length]));
  return { returns, submissions, triesBefore };
}

/** How long a case of this many returns may be busy. */
export function patience(returns: number): number {
  return 60_000 + returns * 40;
}

async function register(bench: Bench, one: PlannedReturn): Promise<Registered[]> {
  const { taxReturnId, userId, accountEmail, facts, taxYear, createdAt } = one;
  const path = `/v1/tax-returns/${taxReturnId}`;
  await bench.service.must('PUT', path, {
    userId,
    accountEmail,
    taxYear,
    createdAt,
    email: facts?.['/email'],
    language: facts?.['/directFileLanguagePreference'],
  });
  const registered: Registered[] = [];
  for (const { key, submissionId, receiptId, createdAt: at, events } of one.submissions) {
    const { id } = await bench.service.must<{ id: string }>('PUT', `${path}/submissions/${key}`, {
      submissionId,
      receiptId,
      createdAt: at,
    });
    registered.push({ key, uuid: id, taxReturnId, submissionId: submissionId ?? undefined, events });
  }
  return registered;
}

/** Earlier events, round by round, so that each submission has its own in the given order. */
async function record(bench: Bench, submissions: Registered[]): Promise<void> {
  const rounds = Math.max(0, ...submissions.map(({ events }) => events.length));
  for (let round = 0; round < rounds; round += 1) {
    const due = submissions.flatMap((submission) => {
      const event = submission.events[round];
      // Registration records `processing` itself.
      return event && event.type !== 'processing' ? [{ submission, event, round }] : [];
    });
    const told = due.filter(({ event }) => ['submitted', 'accepted', 'rejected'].includes(event.type));
    for (let from = 0; from < told.length; from += ENTRIES)
      await tell(bench, told.slice(from, from + ENTRIES));
    await insert(
      bench,
      due.filter((one) => !told.includes(one)),
    );
  }
}

interface Earlier {
  submission: Registered;
  event: GivenEvent;
  round: number;
}

async function tell(bench: Bench, earlier: Earlier[]): Promise<void> {
  const { entries } = await bench.service.must<{ entries: { outcome: string; detail?: string }[] }>(
    'POST',
    '/v1/submission-status',
    earlier.map(({ submission: { taxReturnId, submissionId }, event }) => ({
      taxReturnId,
      submissionId,
      status: event.type,
      occurredAt: event.createdAt,
    })),
  );
  const wrong = entries.findIndex(({ outcome }) => outcome !== 'applied');
  if (wrong < 0) return;
  const { submission, event } = earlier[wrong] ?? {};
  throw new Error(
    `the given event ${event?.type} of ${submission?.key} was not applied: ${JSON.stringify(entries[wrong])}`,
  );
}

/** Errors and reminders: no caller can send them as things of the past. */
async function insert(bench: Bench, earlier: Earlier[]): Promise<void> {
  if (earlier.length === 0) return;
  const rows = earlier.map(({ submission: { uuid, events }, event, round }) => {
    const source = `given/${uuid}#${round}`;
    const resolved = events.slice(0, round).filter(({ type }) => type === 'errorresolved').length;
    return {
      submission_uuid: uuid,
      type: ownEvent(event.type, event.failureCategory),
      occurrence: event.type === 'errorresolved' ? String(1 + resolved) : source,
      source,
      occurred_at: event.createdAt ?? new Date(),
      failure_category: event.failureCategory,
      failure_detail: event.failureDetail,
    };
  });
  await bench.sql(
    `INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at, failure_category, failure_detail)
     SELECT submission_uuid, type::submission_event_type, occurrence, source, occurred_at, failure_category, failure_detail
     FROM jsonb_to_recordset($1::jsonb) AS r(submission_uuid uuid, type text, occurrence text, source text,
       occurred_at timestamptz, failure_category text, failure_detail text)`,
    [JSON.stringify(rows)],
  );
}

/** A mail that was asked for before the case, with its attempts. */
async function askedEarlier(bench: Bench, mail: Case['given']['sendEmails'][number]): Promise<void> {
  const { id, taxReturnId, emailType, languageCode = 'en', submissionId, userId, results } = mail;
  const { template, stage } = ownTemplate(emailType);
  const isSent = results.at(-1) === true;
  await bench.sql(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, stage, submission_id, user_id, language, source,
                                state, reason, due_at, attempt, requested_at, opened_at, settled_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $4, $9, $10, now() - interval '1 hour', $11,
             now() - interval '1 hour', now() - interval '1 hour', now() - interval '1 hour')`,
    [
      ...[id, taxReturnId, template, `given/${id}`, stage, submissionId, userId, languageCode],
      ...[isSent ? 'handed_over' : 'failed', isSent ? null : 'recipient-refused', results.length],
    ],
  );
  for (const [index, accepted] of results.entries()) {
    await bench.sql(
      `INSERT INTO deliveries (notification_id, attempt, outcome, reason, response_code, relay, language, template_version, opened_at, settled_at)
       VALUES ($1, $2, $3, $4, $5, 'given', $6, 'given', now() - interval '1 hour', now() - interval '1 hour')`,
      [
        ...[id, index + 1, accepted ? 'accepted' : 'refused'],
        ...[accepted ? null : 'recipient-refused', accepted ? 250 : 550, languageCode],
      ],
    );
  }
}

/** The sealed address no longer opens: its last bytes belong to no key. */
async function makeUnreadable(bench: Bench, taxReturnId: string): Promise<void> {
  await bench.sql(
    `UPDATE tax_returns SET email = left(email, -8) || 'corrupted' WHERE id = $1 AND email IS NOT NULL`,
    [taxReturnId],
  );
}

/** A few at a time, the results in the order of the items. */
async function inParallel<T, Result>(items: T[], work: (item: T) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [index, item] of rest) results[index] = await work(item);
    }),
  );
  return results;
}
