import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '#apps/local/src/embedded/free-port.js';
import { inText } from '../support/address.scan.js';
import { Collector } from '../support/collector.js';
import type { SeenSpan } from '../support/collector.js';
import { eventually } from '../support/eventually.js';
import { aReturn, submitted } from '../support/make.js';
import { queueBackends } from '../support/servers.js';
import { Stack } from '../support/stack.js';
import type { WorkerProcess } from '../support/worker.process.js';

interface TraceOfOthers {
  traceId: string;
  spanId: string;
  traceparent: string;
}

function aTrace(flags = '01'): TraceOfOthers {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}

function linesOf(worker: WorkerProcess): Record<string, unknown>[] {
  return worker
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe.each(queueBackends())('with the send queue on $name', (backend) => {
  let stack: Stack;
  let collector: Collector;
  let worker: WorkerProcess;
  beforeAll(async () => {
    collector = await Collector.start();
    stack = await Stack.start(`traces-${backend.name}`, { backend, worker: false });
    worker = stack.startWorker({ settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    await worker.ready();
    return () => stack.stop();
  });

  const spanOf = (traceId: string, name: string) =>
    eventually(() => collector.ofTrace(traceId).find((span) => span.name === name), {
      because: `a span "${name}"`,
      timeout: 60_000,
    });

  it('one trace leads from the message to the answer of the relay, and is the one that its sender began', async () => {
    const owner = await aReturn(stack);
    const theirs = aTrace();
    stack.mailbox.answer({ at: 'rcpt', code: 451, times: 1, to: owner.email, text: `no, ${owner.email}` });
    const { CONFIRMATION_QUEUE: queue } = stack.environment;
    const messageId = await stack.put('confirmation', submitted(owner), { traceparent: theirs.traceparent });
    await stack.idle();

    const message = await spanOf(theirs.traceId, `process ${queue}`);
    expect(message).toMatchObject({
      service: 'return-receipt',
      parentSpanId: theirs.spanId,
      links: [theirs.spanId],
      kind: 5,
      attributes: { 'messaging.system': 'aws_sqs', 'messaging.message.id': messageId },
    });
    for (const name of ['record entry', 'enqueue job', 'process send-urgent'])
      expect(await spanOf(theirs.traceId, name)).toMatchObject({ parentSpanId: message.spanId });
    const settled = () => collector.ofTrace(theirs.traceId).filter(({ name }) => name === 'settle');
    await eventually(() => settled().length === 2, { because: 'both tries', timeout: 60_000 });

    const spans = collector.ofTrace(theirs.traceId);
    const jobs = spans.filter(({ name }) => name === 'process send-urgent');
    const stepsOf = (job: SeenSpan) =>
      spans.filter(({ parentSpanId }) => parentSpanId === job.spanId).map(({ name }) => name);
    expect(stepsOf(jobs[0] as SeenSpan)).toEqual(
      expect.arrayContaining(['claim', 'render', 'open delivery', 'SMTP', 'settle', 'enqueue job']),
    );
    const talks = spans.filter(({ name }) => name === 'SMTP');
    const { hostname, port } = new URL(stack.mailbox.url);
    expect(
      talks.map(({ kind, hasFailed, attributes }) => ({ kind, hasFailed, ...attributes })),
    ).toMatchObject(
      [
        ['deferred', 1],
        ['accepted', 2],
      ].map(([outcome, attempt]) => ({
        kind: 3,
        hasFailed: outcome === 'deferred',
        'return_receipt.template': 'submitted',
        'return_receipt.outcome': outcome,
        'return_receipt.attempt': attempt,
        'server.address': hostname,
        'server.port': Number(port),
      })),
    );
    expect(inText('spans', collector.text)).toEqual([]);

    const [notification] = await stack.sql<{ id: string }>(
      'SELECT id FROM notifications WHERE tax_return_id = $1',
      [owner.taxReturnId],
    );
    expect(linesOf(worker).find(({ message }) => message === 'Hand-over accepted')).toMatchObject({
      notificationId: notification?.id,
      taxReturnId: owner.taxReturnId,
      traceId: theirs.traceId,
    });
  });

  it('a request goes on as mail in another process, under one trace and the id that it was given', async () => {
    const api = await stack.startApi({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }).ready();
    const owner = await aReturn(stack);
    const { taxReturnId, submissionId } = owner;
    const answer = await api.call('POST', '/v1/submission-status', {
      taxReturnId,
      submissionId,
      status: 'submitted',
    });
    const traceId = answer.headers.get('x-request-id') ?? '';
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    await stack.idle();

    const request = await spanOf(traceId, 'POST /v1/submission-status');
    expect(request).toMatchObject({ kind: 2, attributes: { 'http.response.status_code': answer.status } });
    const talk = await spanOf(traceId, 'SMTP');
    expect(talk.instance).not.toBe(request.instance);
    expect(linesOf(worker).some((line) => line.traceId === traceId)).toBe(true);
  });

  it('a trace of which its sender keeps nothing is not kept here, and still named on each line', async () => {
    const owner = await aReturn(stack);
    const theirs = aTrace('00');
    await stack.put('confirmation', submitted(owner), { traceparent: theirs.traceparent });
    await stack.idle();
    await eventually(() => linesOf(worker).some(({ traceId }) => traceId === theirs.traceId), {
      because: 'a line of it',
    });
    const kept = aTrace();
    await stack.put('confirmation', submitted(await aReturn(stack)), { traceparent: kept.traceparent });
    await spanOf(kept.traceId, 'settle');
    expect(collector.ofTrace(theirs.traceId)).toEqual([]);
  });
});

describe('a collector', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start('traces-collector', { worker: false });
  });

  it.each([
    ['that never answers', async () => (await Collector.start({ answers: false })).url],
    ['that is not there', async () => `http://127.0.0.1:${await freePort()}`],
  ])(
    '%s costs spans alone: mails go on, one warning at most, and the end waits for seconds',
    async (_, where) => {
      const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: await where() };
      const worker = stack.startWorker({ settings, flags: [SAYS_WHAT_IT_LOADED] });
      await worker.ready();
      for (let mail = 0; mail < 3; mail += 1)
        await stack.put('confirmation', submitted(await aReturn(stack)));
      await stack.idle();
      const begun = performance.now();
      expect(await worker.terminate()).toMatchObject({ code: 0 });
      expect(performance.now() - begun).toBeLessThan(15_000);
      expect(loadedBy(worker)).not.toEqual([]);
      expect(linesOf(worker).filter(({ message }) => message === 'Hand-over accepted')).toHaveLength(3);
      const warnings = worker.complaints();
      expect(warnings.length).toBeLessThanOrEqual(1);
      for (const warning of warnings) expect(warning).toContain('Spans do not reach the collector');
    },
  );

  it('that nobody named is not looked for: nothing of OpenTelemetry is loaded, and traces pass', async () => {
    const theirs = aTrace();
    const worker = stack.startWorker({ flags: [SAYS_WHAT_IT_LOADED] });
    await worker.ready();
    await stack.put('confirmation', submitted(await aReturn(stack)), { traceparent: theirs.traceparent });
    await stack.idle();
    await worker.terminate();
    expect(loadedBy(worker)).toEqual([]);
    const accepted = linesOf(worker).find(({ message }) => message === 'Hand-over accepted');
    expect(accepted).toMatchObject({ traceId: theirs.traceId });
  });
});

/** For Node: a process says at its end which files of OpenTelemetry it has loaded. They are not in its bundle. */
const SAYS_WHAT_IT_LOADED = `--import=data:text/javascript,${encodeURIComponent(`
  import Module from 'node:module';
  const ofTraces = () => Object.keys(Module._cache).filter((file) => file.includes('@opentelemetry'));
  process.on('exit', () => console.log(JSON.stringify({ level: 30, loaded: ofTraces() })));
`)}`;

function loadedBy(worker: WorkerProcess): unknown {
  return linesOf(worker).find((line) => 'loaded' in line)?.loaded;
}
