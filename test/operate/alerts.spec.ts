import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../apps/local/src/embedded/free-port.js';
import { ROWS } from '../../deploy/grafana/dashboard.js';
import { alertRules, impatient } from '../support/alert.rules.js';
import { CalledServer, say as answering } from '../support/called.js';
import { atEnd } from '../support/at-end.js';
import { freshDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Prometheus } from '../support/prometheus.js';
import { putOn } from '../support/queue.look.js';
import { commandsOf, isHarmless, RUNBOOKS } from '../support/runbooks.js';
import { Stack } from '../support/stack.js';
import { TcpRelay } from '../support/tcp.relay.js';
import { receipt } from '../support/terminal.js';
import type { WorkerProcess } from '../support/worker.process.js';
import { mailIn, say } from './mails.js';

/** What takes hours, or hundreds of mails, promtool shows alone: deploy/prometheus/alerts.test.yml. */
const SHOWN_BY_PROMTOOL_ALONE = ['MailsComeBack', 'RoundsStandStill', 'EventLoopBlocked'];

interface Played {
  stack: Stack;
  prometheus: Prometheus;
  worker: WorkerProcess;
  /** The ways of the API and of the worker to Postgres, and that of Prometheus to the API. */
  apiToPostgres: TcpRelay;
  workerToPostgres: TcpRelay;
  toApi: TcpRelay;
}

/** Alerts that have called so far. */
const called = new Set<string>();

const calls = (prometheus: Prometheus, ...names: string[]) =>
  eventually(
    async () => {
      for (const { state, labels } of await prometheus.alerts())
        if (state === 'firing') called.add(labels.alertname ?? '');
      const missing = names.filter((name) => !called.has(name));
      if (missing.length > 0) throw new Error(`${missing.join(', ')} have not called`);
      return true;
    },
    { because: `the alerts ${names.join(', ')}`, every: 250, timeout: 120_000 },
  );

async function start(): Promise<Played> {
  const backend = await CalledServer.start();
  backend.answer = answering(500);
  const database = await freshDatabase('alerts');
  atEnd(() => database.drop());
  const [apiToPostgres, ofApi] = await wayTo(database.url);
  const [workerToPostgres, ofWorker] = await wayTo(database.url);
  const stack = await Stack.start('alerts', {
    worker: false,
    databaseUrl: ofApi,
    settings: {
      ...backend.settings,
      RELAY_SILENT_FOR: '1s',
      RETRY_CEILING: '1s',
      UPSTREAM_URL: `http://127.0.0.1:${await freePort()}`,
      UPSTREAM_TOKEN: 'shared',
      UPSTREAM_EVERY: '1s',
    },
  });
  // Whatever happened to it, what it wrote is looked through at its end.
  atEnd(() => Promise.resolve(apiToPostgres.mend()));
  const port = await freePort();
  const settings = { METRICS_PORT: String(port), DATABASE_URL: ofWorker };
  const worker = stack.startWorker({ settings });
  const toApi = await TcpRelay.to(Number(new URL(await stack.app.getUrl()).port));
  await worker.ready();
  for (const name of ['failing', 'gone'])
    await stack.api('PUT', `/v1/call-backs/${name}`, { url: backend.url(name) });
  const targets = [`127.0.0.1:${toApi.port}`, `127.0.0.1:${port}`];
  const prometheus = await Prometheus.start(impatient(), targets, 4);
  return { stack, prometheus, worker, apiToPostgres, workerToPostgres, toApi };
}

/** A way to Postgres that can be cut, and the address by which it is gone. */
async function wayTo(url: string): Promise<[TcpRelay, string]> {
  const address = new URL(url);
  const way = await TcpRelay.to(Number(address.port));
  address.port = String(way.port);
  return [way, address.href];
}

/** As if it had waited for longer. */
async function longAgo({ stack }: Played, { taxReturnId }: MadeReturn): Promise<void> {
  await stack.sql(
    `UPDATE notifications SET opened_at = opened_at - interval '1 hour' WHERE tax_return_id = $1`,
    [taxReturnId],
  );
  await stack.sql(
    `UPDATE deliveries SET opened_at = opened_at - interval '1 hour'
     WHERE notification_id IN (SELECT id FROM notifications WHERE tax_return_id = $1)`,
    [taxReturnId],
  );
}

const describeWithPrometheus = process.env.TEST_PROMETHEUS ? describe : undefined;
describeWithPrometheus?.('a Prometheus that watches', () => {
  let played: Played;
  beforeAll(async () => {
    played = await start();
  });

  it('calls nobody while all is well', async () => {
    const { stack, prometheus } = played;
    const owner = await aReturn(stack);
    await say(stack, owner, 'accepted');
    await mailIn(stack, owner, 'accepted', 'handed_over');
    // Of this one the upstream is asked, and there is none.
    await say(stack, await aReturn(stack), 'submitted');
    await eventually(
      async () =>
        (await prometheus.query('receipt_sqs_messages and on () receipt_hand_over_seconds_count > 0'))
          .length > 0,
      { because: 'a scrape of both' },
    );
    const known = ['SqsSilent', 'NobodySweeps', 'NobodyRunsBatches', 'NobodyCallsBack', 'NothingWatched'];
    await eventually(
      async () =>
        (await prometheus.alerts()).every(({ labels }) =>
          ['UpstreamSilent', 'CallBackFailing'].includes(labels.alertname ?? ''),
        ),
      { because: `none of ${known.join(', ')}` },
    );
  });

  it('understands what each panel of the dashboard asks', async () => {
    for (const { expr } of ROWS.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries)))
      await played.prometheus.query(expr.replaceAll('$__rate_interval', '1m'));
  });

  it('calls when the relay takes nothing, and says which', async () => {
    const { stack, prometheus } = played;
    const unknown = await aReturn(stack);
    stack.mailbox.drop({ at: 'after-data', to: unknown.email });
    await say(stack, unknown, 'accepted');
    await mailIn(stack, unknown, 'accepted', 'unknown');
    await longAgo(played, unknown);
    stack.mailbox.answer({ at: 'connect', code: 421 });
    const waiting = await Promise.all([aReturn(stack), aReturn(stack), aReturn(stack)]);
    for (const owner of waiting) await say(stack, owner, 'accepted');
    await eventually(
      async () => {
        const [row] = await stack.sql<{ tried: number }>(
          `SELECT count(DISTINCT notification_id)::int AS tried FROM deliveries WHERE outcome = 'deferred'`,
        );
        return row?.tried === 3;
      },
      { because: 'mails that were tried in vain' },
    );
    for (const owner of waiting) await longAgo(played, owner);
    await calls(
      prometheus,
      'RelayUnhealthy',
      'TaxpayerUntold',
      'MailsLate',
      'MailsUnknown',
      'UpstreamSilent',
    );
    const ill = (await prometheus.alerts()).find(({ labels }) => labels.alertname === 'RelayUnhealthy');
    expect(ill).toMatchObject({
      labels: { severity: 'page', relay: new URL(stack.mailbox.url).host },
      annotations: { runbook: `${RUNBOOKS}/relay-unhealthy.md` },
    });
  });

  it('calls when messages are parked or dead, backends are not told, a batch waits', async () => {
    const { stack, prometheus } = played;
    const { CONFIRMATION_QUEUE: queue = '', SQS_ENDPOINT: endpoint = '' } = stack.environment;
    await stack.put('confirmation', 'nobody can read this');
    await putOn(endpoint, `dlq-${queue}`, 'nobody took this');
    await stack.sql(
      `INSERT INTO batches (id, action, state, origin, made_by) VALUES (gen_random_uuid(), 'reminder-submit', 'stopped', 'upload', 'Ada')`,
    );
    await eventually(() => stack.sql('SELECT 1 FROM quarantine').then(({ length }) => length > 0), {
      because: 'a parked message',
    });
    await stack.sql(`UPDATE quarantine SET received_at = received_at - interval '2 days'`);
    await stack.sql(`UPDATE submission_events SET recorded_at = recorded_at - interval '1 hour'`);
    await stack.sql(`UPDATE call_backs SET state = 'stopped', reason = 'gone' WHERE name = 'gone'`);
    await eventually(
      async () => {
        const failing = await stack.sql(
          `UPDATE call_backs SET failing_since = now() - interval '1 hour' WHERE name = 'failing' AND failing_since IS NOT NULL RETURNING 1`,
        );
        return failing.length > 0;
      },
      { because: 'a call-back that fails' },
    );
    await calls(
      prometheus,
      'MessagesParked',
      'MessagesParkedForLong',
      'DeadLetters',
      'CallBackFailing',
      'CallBackBehind',
      'CallBackGaveUp',
      'BatchWaits',
    );
  });

  it('has pages whose commands can be called', async () => {
    const { stack } = played;
    const runbooks = [...new Set(alertRules().map(({ runbook }) => runbook.slice(RUNBOOKS.length + 1)))];
    const lines = new Map(
      runbooks
        .flatMap(commandsOf)
        .filter(isHarmless)
        .map((args) => [args.join(' '), args] as const),
    );
    expect(lines.size).toBeGreaterThan(12);
    for (const [line, args] of lines) {
      const { code, stderr } = await receipt(args, stack.environment);
      // 1: there is something that needs a person.
      expect([line, code < 2, code < 2 ? '' : stderr]).toEqual([line, true, '']);
    }
  });

  it('calls when mails went out late, though all are out', async () => {
    const { stack, prometheus } = played;
    stack.mailbox.clear();
    await calls(prometheus, 'TellingSlow', 'TellingSlowFastBurn', 'TellingSlowSlowBurn');
  });

  it('calls when Postgres is gone for one, and when it is gone for all while messages come', async () => {
    const { stack, prometheus, apiToPostgres, workerToPostgres } = played;
    workerToPostgres.cut();
    await stack.putAll(
      'statusChange',
      Array.from({ length: 1_100 }, () => 'nobody reads this'),
    );
    await calls(prometheus, 'DatabaseUnreachable');
    await stack.putAll(
      'statusChange',
      Array.from({ length: 500 }, () => 'nor this'),
    );
    apiToPostgres.cut();
    await calls(prometheus, 'DatabaseDown', 'QueueGrows', 'RoundsFail', 'SendQueueSilent');
  });

  it('calls when the worker is gone, and when all are', async () => {
    const { prometheus, worker, apiToPostgres, toApi } = played;
    apiToPostgres.mend();
    await worker.kill();
    await calls(
      prometheus,
      'TargetDown',
      'NobodySweeps',
      'NobodyRunsBatches',
      'NobodyCallsBack',
      'SqsSilent',
    );
    toApi.cut();
    await calls(prometheus, 'NothingWatched');
  });

  it('has called with each alert that there is, but for those that promtool alone shows', () => {
    const missing = alertRules().filter(({ name }) => !called.has(name));
    expect(missing.map(({ name }) => name).toSorted()).toEqual(SHOWN_BY_PROMTOOL_ALONE.toSorted());
  });
});
