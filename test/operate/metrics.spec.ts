import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../apps/local/src/embedded/free-port.js';
import { inText } from '../support/address.scan.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn, submitted } from '../support/make.js';
import { Stack } from '../support/stack.js';
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

    const { text, samples } = await fresh(
      (now) =>
        (valueOf(now, 'receipt_oldest_unknown_seconds') ?? 0) > 0 &&
        (valueOf(now, 'receipt_oldest_parked_seconds') ?? 0) > 0 &&
        (valueOf(now, 'receipt_last_round_timestamp_seconds', { timer: 'sweep' }) ?? 0) > 0 &&
        valueOf(now, 'receipt_standing', { axis: 'told', standing: 'failure' }) !== undefined,
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
    expect(valueOf(samples, 'receipt_hand_over_seconds_count', { template: 'accepted' })).toBe(2);
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
});
