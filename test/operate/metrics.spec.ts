import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../apps/local/src/embedded/free-port.js';
import { inText } from '../support/address.scan.js';
import { eventually } from '../support/eventually.js';
import { putOn } from '../support/queue.look.js';
import { aName, aReturn, submitted } from '../support/make.js';
import { sesBounce, sesComplaint } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { TcpRelay } from '../support/tcp.relay.js';
import { mailIn, say } from './mails.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('metrics', { settings: { RETRY_BASE: '10ms', RETRY_CEILING: '10ms' } });
});

type Labels = Record<string, string>;
interface Sample {
  name: string;
  labels: Labels;
  value: number;
}

/** A sample of each line that is no comment. */
function samplesOf(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [line];
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', said = '']) => [key, said]);
      return { name, labels: Object.fromEntries(pairs) as Labels, value: Number(value) };
    });
}

async function scrape(url?: string): Promise<{ text: string; samples: Sample[] }> {
  const answer = await fetch(`${url ?? (await stack.app.getUrl())}/metrics`);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  return { text, samples: samplesOf(text) };
}

/** The value of the one sample of a name that has all of these labels. */
function valueOf(samples: Sample[], name: string, labels: Labels = {}): number | undefined {
  const found = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, said]) => sample.labels[key] === said),
  );
  expect(found.length).toBeLessThan(2);
  return found[0]?.value;
}

/** A scrape that was read after what happened before: the record is read again every five seconds. */
const fresh = (holds: (samples: Sample[]) => boolean, because: string) =>
  eventually(
    async () => {
      const found = await scrape();
      return holds(found.samples) ? found : undefined;
    },
    { because },
  );

describe('whoever scrapes', () => {
  it('reads what became of each mail, what is on record, and neither an id nor an address', async () => {
    const [told, refused, deferred, unknown, overtaken] = await Promise.all(
      Array.from({ length: 5 }, () => aReturn(stack)),
    );
    if (!told || !refused || !deferred || !unknown || !overtaken) throw new Error('five returns');
    stack.mailbox.answer({ at: 'rcpt', to: refused.email, code: 550, text: `5.1.1 ${refused.email}` });
    stack.mailbox.answer({ at: 'rcpt', to: deferred.email, code: 451, times: 2 });
    stack.mailbox.drop({ at: 'after-data', to: unknown.email });
    await stack.api('POST', '/v1/pauses', { template: 'rejected', reason: 'a wrong link' });
    for (const owner of [told, refused, deferred, unknown]) await say(stack, owner, 'accepted');
    await say(stack, overtaken, 'rejected');
    await say(stack, overtaken, 'submitted');
    await stack.put('confirmation', submitted(aName()));
    await mailIn(stack, told, 'accepted', 'handed_over');
    await mailIn(stack, refused, 'accepted', 'failed');
    await mailIn(stack, deferred, 'accepted', 'handed_over');
    await mailIn(stack, unknown, 'accepted', 'unknown');
    await mailIn(stack, overtaken, 'submitted', 'withheld');
    const { id } = await mailIn(stack, told, 'accepted', 'handed_over');
    const bounce = sesBounce({ id, email: told.email });
    for (const receipt of [bounce, bounce, sesComplaint({ id, email: told.email })])
      await stack.api('POST', '/v1/receipts', receipt);

    const { text, samples } = await fresh(
      (now) =>
        (valueOf(now, 'receipt_oldest_unknown_seconds') ?? 0) > 0 &&
        (valueOf(now, 'receipt_oldest_parked_seconds') ?? 0) > 0 &&
        (valueOf(now, 'receipt_last_round_timestamp_seconds', { timer: 'sweep' }) ?? 0) > 0 &&
        (valueOf(now, 'receipt_standing', { axis: 'told', standing: 'failure' }) ?? 0) > 1,
      'the gauges of what happened',
    );
    const mails = (template: string, outcome: string) =>
      valueOf(samples, 'receipt_mails_total', { template, outcome });
    expect({
      told: mails('accepted', 'handed-over'),
      deferred: mails('accepted', 'deferred'),
      refused: mails('accepted', 'refused'),
      unknown: mails('accepted', 'unknown'),
      superseded: mails('submitted', 'superseded'),
    }).toEqual({ told: 2, deferred: 2, refused: 1, unknown: 1, superseded: 1 });
    const relay = new URL(stack.mailbox.url).host;
    const talks = (outcome: string) => valueOf(samples, 'receipt_conversations_total', { relay, outcome });
    expect(['accepted', 'deferred', 'refused', 'unknown'].map(talks)).toEqual([2, 2, 1, 1]);
    const why = (outcome: string, reason: string) =>
      valueOf(samples, 'receipt_failures_total', { outcome, reason });
    expect([
      why('deferred', 'relay-busy'),
      why('refused', 'recipient-refused'),
      why('unknown', 'lost-after-data'),
    ]).toEqual([2, 1, 1]);
    // Each once, however often it is said.
    const cameBack = (kind: string) => valueOf(samples, 'receipt_receipts_total', { kind });
    expect(['hard-bounce', 'complaint', 'delivery'].map(cameBack)).toEqual([1, 1, undefined]);
    const urgent = { template: 'accepted', lane: 'urgent' };
    expect(valueOf(samples, 'receipt_hand_over_seconds_count', urgent)).toBe(2);
    expect(valueOf(samples, 'receipt_messages_total', { outcome: 'parked' })).toBe(1);
    expect(valueOf(samples, 'receipt_parked', { kind: 'unmatched' })).toBe(1);
    expect(valueOf(samples, 'receipt_oldest_untold_seconds')).toBeGreaterThan(0);
    expect(valueOf(samples, 'receipt_relay_healthy', { relay })).toBe(1);
    expect(valueOf(samples, 'receipt_relay_in_use', { relay })).toBe(1);
    expect(valueOf(samples, 'receipt_database_up')).toBe(1);
    for (const lane of ['urgent', 'bulk'])
      expect(valueOf(samples, 'receipt_queue_depth', { lane })).toBeGreaterThanOrEqual(0);

    const { body } = await stack.api<Record<string, Record<string, number>>>('GET', '/v1/audit');
    for (const axis of ['delivered', 'told'])
      for (const standing of ['success', 'in-process', 'failure'])
        expect(valueOf(samples, 'receipt_standing', { axis, standing })).toBe(body[axis]?.[standing]);

    expect(inText('metrics', text)).toEqual([]);
    expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
    for (const { taxReturnId, submissionId } of [told, refused, deferred, unknown, overtaken])
      for (const id of [taxReturnId, submissionId]) expect(text).not.toContain(id);
  });

  it('reads how full each queue of SQS is, and its dead-letter queue; how batches stand; how far call-backs are', async () => {
    const { CONFIRMATION_QUEUE: queue = '', SQS_ENDPOINT: endpoint = '' } = stack.environment;
    await putOn(endpoint, `dlq-${queue}`, 'nobody took this');
    await stack.sql(
      `INSERT INTO batches (id, action, state, origin, made_by) VALUES (gen_random_uuid(), 'reminder-submit', 'stopped', 'upload', 'Ada')`,
    );
    const { samples } = await fresh(
      (now) =>
        valueOf(now, 'receipt_sqs_dead_letters', { queue }) === 1 &&
        valueOf(now, 'receipt_batches', { state: 'stopped' }) === 1,
      'a dead letter and a stopped batch',
    );
    expect(valueOf(samples, 'receipt_batches', { state: 'running' })).toBe(0);
    expect(valueOf(samples, 'receipt_sqs_messages', { queue })).toBe(0);
    expect(samples.filter(({ name }) => name === 'receipt_sqs_dead_letters')).toHaveLength(5);
    const callBacks = (name: string, labels?: Labels) => valueOf(samples, `receipt_call_back${name}`, labels);
    expect([
      callBacks('s', { state: 'active' }),
      callBacks('_failing_seconds'),
      callBacks('_behind_seconds'),
      callBacks('_asides', { state: 'given-up' }),
    ]).toEqual([0, 0, 0, 0]);
  });

  it('finds each of our instruments in docs/metrics.md, with its help, and no other there', async () => {
    const { text } = await scrape();
    const helps = [...text.matchAll(/^# HELP (receipt_\w+) (.*)$/gm)].map(([, name, help]) => [name, help]);
    const page = readFileSync('docs/metrics.md', 'utf8');
    const rows = [...page.matchAll(/^\| `(receipt_\w+)(?:\{[^}]*\})?` +\| (.*?) +\|$/gm)];
    expect(rows.map(([, name, help]) => [name, help]).toSorted()).toEqual(helps.toSorted());
  });

  it('of a worker asks the port that it was given; it answers nothing else there', async () => {
    const port = await freePort();
    const worker = stack.startWorker({ settings: { METRICS_PORT: String(port) } });
    await worker.ready();
    const url = `http://127.0.0.1:${port}`;
    const { samples } = await scrape(url);
    expect(valueOf(samples, 'receipt_database_up')).toBe(1);
    expect((await fetch(`${url}/v1/audit`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404);
  });

  it('of a worker whose port is taken hears so at its start, in a sentence', async () => {
    const taken = new URL(await stack.app.getUrl()).port;
    const worker = stack.startWorker({ settings: { METRICS_PORT: taken } });
    expect(await worker.ended).toMatchObject({ code: 1 });
    expect(worker.log()).toContain(`METRICS_PORT: ${taken} is taken by another process`);
  });

  it('of a worker that Postgres is gone for hears so, and of nothing on record that may be old', async () => {
    const database = new URL(stack.environment.DATABASE_URL ?? '');
    const way = await TcpRelay.to(Number(database.port));
    database.port = String(way.port);
    const port = await freePort();
    const settings = { METRICS_PORT: String(port), DATABASE_URL: database.href };
    await stack.startWorker({ settings }).ready();
    const url = `http://127.0.0.1:${port}`;
    const before = await scrape(url);
    expect(valueOf(before.samples, 'receipt_database_up')).toBe(1);
    way.cut();
    const { samples } = await eventually(
      async () => {
        const found = await scrape(url);
        return valueOf(found.samples, 'receipt_database_up') === 0 ? found : undefined;
      },
      { because: 'a worker that says that Postgres is gone' },
    );
    for (const { name } of before.samples.filter(({ name }) =>
      /^receipt_(oldest|standing|parked|call_back|batches)/.test(name),
    ))
      expect(samples.map((sample) => sample.name)).not.toContain(name);
    const { CONFIRMATION_QUEUE: queue } = stack.environment;
    expect(valueOf(samples, 'receipt_sqs_messages', { queue: queue ?? '' })).toBeGreaterThanOrEqual(0);
  });
});
