import type { Bench } from './bench.js';
import type { Delivered } from './deliver.js';
import { QUEUES } from './form.js';
import type { Expectation } from './form.js';
import type { World } from './given.js';
import { wireEvent, wireTemplate } from './names.js';

/** A mail in the inbox, with what the service knows of it. */
export interface SeenMail {
  template: string;
  to: string;
  language: string;
  taxReturnId: string | null;
  submissionId: string | null;
  userId: string | null;
  /** Accepted by the relay at a second try or later. */
  isLater: boolean;
  /** Its text and HTML. */
  body: string;
}

export interface SeenSubmission {
  submissionId: string | null;
  receiptId: string | null;
  submissionReceivedAt: string | null;
  /** In Direct File's spelling. */
  events: string[];
  failures: { failureCategory: string | null; failureDetail: string | null }[];
}

export interface SeenStatus {
  http: number;
  body: Record<string, unknown>;
  isEditable: boolean | undefined;
}

/** Something that an operator finds, with its reason. */
export interface SeenRecord {
  /** Whatever it can be found by: ids, and all else that the listing shows. */
  about: string[];
  reason: string;
  source: string;
  /** Kept as a whole, since it could not be read. */
  isWholeMessage: boolean;
}

/** All that the outside can see when a case is over. */
export interface Seen {
  mails: SeenMail[];
  submissions: Map<string, SeenSubmission | undefined>;
  statuses: Map<string, SeenStatus>;
  stateApi: Map<string, { http: number; body: Record<string, unknown> }>;
  records: SeenRecord[];
  delivered: Delivered[];
  /** Messages that are still on a queue. */
  onQueues: number;
  /** Messages in the dead-letter queues. */
  onDeadLetters: number;
  /** Whether anything was recorded since the messages began to come. */
  hasEffect: boolean;
  /** Columns that hold an address in plain text. */
  plainAddresses: string[];
}

/** What is to be looked at. */
export interface Focus {
  /** Everything of each mail, or only its template: thousands are counted, not read one by one. */
  mailDetails: boolean;
  submissions: string[];
  statuses: string[];
  stateApi: string[];
  records: boolean;
  addresses: string[];
}

/** As much as the expectations speak of; with `everything`, all that the case has given as well. */
export function focusOf(expect: Expectation, world: World, everything: boolean, addresses: string[]): Focus {
  const { forbidden } = expect;
  const submissions = [
    ...[expect.submissionEvents, expect.submissionEventsAsSet, expect.submissions, expect.failureEvents],
    ...(forbidden ? [forbidden.submissionEvents, forbidden.submissions] : []),
  ].flatMap((part) => Object.keys(part));
  const statuses = [...Object.keys(expect.status), ...Object.keys(forbidden?.status ?? {})];
  return {
    mailDetails: everything || Boolean(expect.notifications ?? expect.sent ?? expect.sentLater ?? forbidden),
    submissions: distinct([...submissions, ...(everything ? world.submissions.keys() : [])]),
    statuses: distinct([...statuses, ...(everything ? world.returns.map((one) => one.taxReturnId) : [])]),
    stateApi: Object.keys(expect.stateApi),
    records: everything || expect.disposition !== 'any' || expect.mustRecord.length > 0,
    addresses: expect.noPlainAddressStored ? addresses : [],
  };
}

/** The state before the messages, to tell later whether they had an effect. */
export async function markOf(bench: Bench): Promise<string> {
  const rows = await bench.sql(
    'SELECT (SELECT count(*) FROM submission_events) AS events, (SELECT count(*) FROM notifications) AS notifications',
  );
  return JSON.stringify(rows);
}

/** Looks at everything in focus, through the doors that the outside has. */
export async function observe(
  bench: Bench,
  world: World,
  focus: Focus,
  mark: string,
  delivered: Delivered[],
): Promise<Seen> {
  const submissions = new Map<string, SeenSubmission | undefined>();
  for (const key of focus.submissions) submissions.set(key, await seeSubmission(bench, world, key));
  const statuses = new Map<string, SeenStatus>();
  for (const id of focus.statuses) statuses.set(id, await seeStatus(bench, id));
  const stateApi = new Map<string, { http: number; body: Record<string, unknown> }>();
  for (const key of focus.stateApi) stateApi.set(key, await seeStateApi(bench, world, key));
  return {
    mails: await seeMails(bench, world, focus.mailDetails),
    submissions,
    statuses,
    stateApi,
    records: focus.records ? await seeRecords(bench) : [],
    delivered,
    onQueues: await depthOf(bench, ''),
    onDeadLetters: await depthOf(bench, 'dlq-'),
    hasEffect: (await markOf(bench)) !== mark,
    plainAddresses: await findPlain(bench, focus.addresses),
  };
}

interface ShownNotification {
  id: string;
  taxReturnId: string;
  template: string;
  stage: string | null;
  submissionId: string | null;
  userId: string | null;
  state: string;
  reason: string | null;
  deliveries?: { attempt: number; outcome: string | null; language: string }[];
}

async function seeMails(bench: Bench, world: World, isDetailed: boolean): Promise<SeenMail[]> {
  const { mails } = bench.mailbox;
  const known = new Map(
    isDetailed || mails.length === 0
      ? []
      : (await bench.service.all<ShownNotification>('/v1/notifications')).map((one) => [one.id, one]),
  );
  const seenBefore = new Map<string, number>();
  const seen: SeenMail[] = [];
  for (const mail of [...mails]) {
    const id = /^<([^@>]+)@/.exec(mail.messageId)?.[1] ?? '';
    if (isDetailed && !known.has(id)) {
      const answer = await bench.service.api<ShownNotification>('GET', `/v1/notifications/${id}`);
      if (answer.status === 200) known.set(id, answer.body);
    }
    const notification = known.get(id);
    const before = seenBefore.get(id) ?? 0;
    seenBefore.set(id, before + 1);
    const tries = (notification?.deliveries ?? []).slice(world.triesBefore.get(id) ?? 0);
    // The relay accepted it although the client may not have heard so.
    const taken = tries.filter(({ outcome }) => outcome === 'accepted' || outcome === 'unknown')[before];
    const parsed = isDetailed && bench.options.keepBodies ? await mail.parse() : undefined;
    seen.push({
      template: notification
        ? wireTemplate(notification.template, notification.stage)
        : `unknown to the service`,
      to: mail.to.join(', '),
      language: taken?.language ?? '',
      taxReturnId: notification?.taxReturnId ?? null,
      submissionId: notification?.submissionId ?? null,
      userId: notification?.userId ?? null,
      isLater: taken !== undefined && taken !== tries[0],
      body: parsed ? `${parsed.text ?? ''}\n${parsed.html || ''}` : '',
    });
  }
  return seen;
}

interface ShownSubmission {
  id: string;
  submissionId: string | null;
  receiptId: string | null;
  submissionReceivedAt: string | null;
  events: { type: string; failureCategory: string | null; failureDetail: string | null }[];
}

/** By our own id, and once more by the authority's where it is known: both must lead to the same. */
async function seeSubmission(bench: Bench, world: World, key: string): Promise<SeenSubmission | undefined> {
  const id = world.submissions.get(key)?.uuid ?? key;
  const { status, body } = await bench.service.api<ShownSubmission>('GET', `/v1/submissions/${id}`);
  if (status === 404) return undefined;
  if (body.submissionId !== null) {
    const again = await bench.service.must<ShownSubmission>('GET', `/v1/submissions/${body.submissionId}`);
    if (again.id !== body.id) throw new Error(`${key} is not what its submissionId leads to`);
  }
  const { submissionId, receiptId, submissionReceivedAt, events } = body;
  return {
    submissionId,
    receiptId,
    submissionReceivedAt,
    events: events.map(({ type }) => wireEvent(type)),
    failures: events
      .filter(({ type }) => wireEvent(type) === 'failed')
      .map(({ failureCategory, failureDetail }) => ({ failureCategory, failureDetail })),
  };
}

async function seeStatus(bench: Bench, taxReturnId: string): Promise<SeenStatus> {
  const path = `/v1/tax-returns/${taxReturnId}`;
  const { status, body } = await bench.service.api('GET', `${path}/status`);
  const eligibility = await bench.service.api<{ editable?: boolean }>('GET', `${path}/eligibility`);
  return { http: status, body, isEditable: eligibility.body.editable };
}

/** The state filing tool asks by return and submission: the newest one, where the case names the return only. */
async function seeStateApi(
  bench: Bench,
  world: World,
  key: string,
): Promise<{ http: number; body: Record<string, unknown> }> {
  const named = [...world.submissions.values()].filter(
    (one) => one.key === key || one.submissionId === key || one.taxReturnId === key,
  );
  const [newest] = named.slice(-1);
  const taxReturnId = newest?.taxReturnId ?? key;
  const submissionId =
    newest?.submissionId ?? (newest && (await seeSubmission(bench, world, newest.key))?.submissionId);
  const { status, body } = await bench.service.api(
    'GET',
    `/v1/state-api/status/${bench.environment.TAX_YEAR}/${taxReturnId}/${submissionId ?? 'unknown'}`,
  );
  return { http: status, body };
}

interface ShownQuarantine {
  kind: string;
  reason: string | null;
  source: string;
}

/** What an operator finds: in quarantine, on notifications that were not sent, in the rows of batches. */
async function seeRecords(bench: Bench): Promise<SeenRecord[]> {
  const { service } = bench;
  const quarantined = await service.all<ShownQuarantine>('/v1/quarantine');
  const notifications = await service.all<ShownNotification>('/v1/notifications?standing=failure');
  const withheld = (await service.all<ShownNotification>('/v1/notifications?standing=success')).filter(
    ({ state }) => state === 'withheld',
  );
  return [
    ...quarantined.map((entry) => ({
      about: texts(entry),
      reason: entry.reason ?? '',
      source: entry.source,
      isWholeMessage: entry.kind === 'unreadable',
    })),
    ...[...notifications, ...withheld].map(({ id, taxReturnId, submissionId, reason }) => ({
      about: [id, taxReturnId, submissionId ?? ''],
      reason: reason ?? '',
      source: '',
      isWholeMessage: false,
    })),
    ...(await seeBatchRows(bench)),
  ];
}

/** The results of every batch, line by line; none where batches are not listed. */
async function seeBatchRows({ service }: Bench): Promise<SeenRecord[]> {
  const { status, body } = await service.api<{ items?: { id: string }[] }>('GET', '/v1/batches');
  if (status !== 200) return [];
  const rows: SeenRecord[] = [];
  const batches = Array.isArray(body) ? (body as { id: string }[]) : (body.items ?? []);
  for (const { id } of batches) {
    const batch = await service.api('GET', `/v1/batches/${id}`);
    rows.push({ about: texts(batch.body), reason: 'a batch', source: '', isWholeMessage: false });
    const results = await service.api<string>('GET', `/v1/batches/${id}/results.csv`);
    if (results.status !== 200 || typeof results.body !== 'string') continue;
    for (const line of results.body.split(/\r?\n/).slice(1))
      rows.push({ about: line.split(','), reason: line, source: '', isWholeMessage: false });
  }
  return rows;
}

/** Every text in a document, however deep. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

async function depthOf(bench: Bench, prefix: string): Promise<number> {
  let messages = 0;
  for (const queue of Object.values(QUEUES)) messages += await bench.depth(`${prefix}${queue}`);
  return messages;
}

/** Reads every column of every table, whatever its type: what is not text is searched in its text form. */
async function findPlain(bench: Bench, addresses: string[]): Promise<string[]> {
  if (addresses.length === 0) return [];
  const columns = await bench.sql<{ schema: string; table: string; column: string; place: string }>(`
    SELECT n.nspname AS schema, c.relname AS "table", a.attname AS "column", format('%I.%I', n.nspname, c.relname) AS place
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'`);
  const patterns = addresses.flatMap((address) => [
    `%${address.replace(/[\\%_]/g, '\\$&')}%`,
    // As bytes are shown.
    `%${Buffer.from(address).toString('hex')}%`,
  ]);
  const found: string[] = [];
  for (const { place, column } of columns) {
    const rows = await bench.sql(
      `SELECT 1 FROM ${place} WHERE "${column.replaceAll('"', '""')}"::text ILIKE ANY ($1) LIMIT 1`,
      [patterns],
    );
    if (rows.length > 0) found.push(`${place}.${column}`);
  }
  return found;
}

function distinct(values: Iterable<string>): string[] {
  return [...new Set(values)];
}
