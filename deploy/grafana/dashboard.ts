/**
 * The dashboard, row by row: what is asked first stands first. `npm run dashboards` writes it as Grafana reads it; test/operate/alert-rules.spec.ts says
 * when that was forgotten, and when a panel asks for a metric that there is none of.
 */

/** One thing to look at. */
export interface Panel {
  title: string;
  /** For whoever hovers over it. */
  about: string;
  /** As Grafana calls it: s, short, percentunit, mps. */
  unit: string;
  /** What is drawn: an expression of PromQL, and what its lines are called, with labels in double braces. */
  queries: { expr: string; legend: string }[];
  /** A number with these limits to yellow and to red; else lines over time. */
  limits?: { warn: number; bad: number };
}

export interface Row {
  title: string;
  panels: Panel[];
}

const one = (expr: string, legend = '') => [{ expr, legend }];
/** In the window that Grafana finds right for how much time it shows. */
const rate = (metric: string) => `rate(${metric}[$__rate_interval])`;

export const ROWS: Row[] = [
  {
    title: 'Is everybody told?',
    panels: [
      {
        title: 'Oldest untold',
        about: 'For how long the taxpayer who waits longest should have been told.',
        unit: 's',
        queries: one('max(receipt_oldest_untold_seconds)'),
        limits: { warn: 300, bad: 900 },
      },
      {
        title: 'Oldest due',
        about: 'For how long the mail that waits longest for its turn has been due.',
        unit: 's',
        queries: one('max(receipt_oldest_due_seconds)'),
        limits: { warn: 60, bad: 600 },
      },
      {
        title: 'Oldest unknown',
        about: 'For how long nobody has known whether a mail went out.',
        unit: 's',
        queries: one('max(receipt_oldest_unknown_seconds)'),
        limits: { warn: 60, bad: 1800 },
      },
      {
        title: 'In quarantine',
        about: 'Messages that wait for a person, or for their return.',
        unit: 'short',
        queries: one('sum(max by (kind) (receipt_parked))'),
        limits: { warn: 1, bad: 100 },
      },
      {
        title: 'Mails, by where their telling stands',
        about: 'All mails there are. Failure is who was not told.',
        unit: 'short',
        queries: one('max by (standing) (receipt_standing{axis="told"})', '{{standing}}'),
      },
      {
        title: 'Submissions, by where their delivery stands',
        about: 'All submissions there are. Failure is what did not reach the authority.',
        unit: 'short',
        queries: one('max by (standing) (receipt_standing{axis="delivered"})', '{{standing}}'),
      },
    ],
  },
  {
    title: 'How soon?',
    panels: [
      {
        title: 'From asked to handed over',
        about: 'Urgent mails. 99 of 100 are to take less than 10 s.',
        unit: 's',
        queries: ['0.5', '0.9', '0.99'].map((share) => ({
          expr: `histogram_quantile(${share}, sum by (le) (${rate('receipt_hand_over_seconds_bucket{lane="urgent"}')}))`,
          legend: `${Number(share) * 100} of 100`,
        })),
      },
      {
        title: 'Share later than 10 s',
        about: 'Of urgent mails, as the alerts see it. 1 % is allowed.',
        unit: 'percentunit',
        queries: ['5m', '1h', '6h'].map((window) => ({
          expr: `receipt:urgent_late:ratio_rate${window}`,
          legend: window,
        })),
      },
      {
        title: 'How long a relay takes',
        about: 'The slowest of a hundred conversations.',
        unit: 's',
        queries: one(
          `histogram_quantile(0.99, sum by (le, relay) (${rate('receipt_conversation_seconds_bucket')}))`,
          '{{relay}}',
        ),
      },
    ],
  },
  {
    title: 'What comes in, what goes out',
    panels: [
      {
        title: 'Messages recorded',
        about: 'Whatever door they came by.',
        unit: 'mps',
        queries: one(`sum by (outcome) (${rate('receipt_messages_total')})`, '{{outcome}}'),
      },
      {
        title: 'Mails, by outcome',
        about: 'Each try that came to its end.',
        unit: 'mps',
        queries: one(`sum by (outcome) (${rate('receipt_mails_total')})`, '{{outcome}}'),
      },
      {
        title: 'Mails handed over, by template',
        about: 'What taxpayers are told just now.',
        unit: 'mps',
        queries: one(
          `sum by (template) (${rate('receipt_mails_total{outcome="handed-over"}')})`,
          '{{template}}',
        ),
      },
      {
        title: 'Why mails were not taken',
        about: 'Conversations that a relay ended without taking the mail.',
        unit: 'mps',
        queries: one(
          `sum by (outcome, reason) (${rate('receipt_failures_total')})`,
          '{{outcome}}: {{reason}}',
        ),
      },
      {
        title: 'What came back',
        about: 'Bounces and complaints, and what was said besides.',
        unit: 'mps',
        queries: one(
          `sum by (kind, reason) (${rate('receipt_receipts_total{kind!="delivery"}')})`,
          '{{kind}} {{reason}}',
        ),
      },
      {
        title: 'Conversations, by relay',
        about: 'Which relay takes what.',
        unit: 'mps',
        queries: one(
          `sum by (relay, outcome) (${rate('receipt_conversations_total')})`,
          '{{relay}} {{outcome}}',
        ),
      },
    ],
  },
  {
    title: 'What waits',
    panels: [
      {
        title: 'Queues of SQS',
        about: 'Messages that wait or are in hand.',
        unit: 'short',
        queries: one('max by (queue) (receipt_sqs_messages)', '{{queue}}'),
      },
      {
        title: 'Dead letters',
        about: 'Nobody works on them.',
        unit: 'short',
        queries: one('max by (queue) (receipt_sqs_dead_letters)', '{{queue}}'),
      },
      {
        title: 'Send queue',
        about: 'Jobs that wait or run.',
        unit: 'short',
        queries: one('max by (lane) (receipt_queue_depth)', '{{lane}}'),
      },
      {
        title: 'Batches that are not over',
        about: 'Stopped, paused and awaiting-approval wait for a person.',
        unit: 'short',
        queries: one('max by (state) (receipt_batches)', '{{state}}'),
      },
      {
        title: 'Call-backs',
        about: 'How far backends are behind, and for how long one has failed.',
        unit: 's',
        queries: [
          { expr: 'max(receipt_call_back_behind_seconds)', legend: 'behind' },
          { expr: 'max(receipt_call_back_failing_seconds)', legend: 'failing' },
        ],
      },
      {
        title: 'Call-backs that wait for a person',
        about: 'Stopped ones, and events that were given up.',
        unit: 'short',
        queries: [
          { expr: 'max by (state) (receipt_call_backs{state="stopped"})', legend: 'call-backs {{state}}' },
          {
            expr: 'max by (state) (receipt_call_back_asides{state="given-up"})',
            legend: 'events {{state}}',
          },
        ],
      },
    ],
  },
  {
    title: 'What it runs on',
    panels: [
      {
        title: 'Relays',
        about: '0: it does not take mails, and mails are due.',
        unit: 'short',
        queries: one('min by (relay) (receipt_relay_healthy)', '{{relay}}'),
      },
      {
        title: 'Postgres',
        about: '0: it does not answer this process.',
        unit: 'short',
        queries: one('receipt_database_up', '{{instance}}'),
      },
      {
        title: 'Since the last round',
        about: 'Of the workers, by timer. It grows while nobody does it.',
        unit: 's',
        queries: one(
          'time() - max by (timer) (receipt_last_round_timestamp_seconds{timer!="batchretention"})',
          '{{timer}}',
        ),
      },
      {
        title: 'Rounds that failed',
        about: 'By timer; the log says why.',
        unit: 'short',
        queries: one('sum by (timer) (increase(receipt_rounds_failed_total[$__rate_interval]))', '{{timer}}'),
      },
      {
        title: 'Answers of the upstream',
        about: 'Batches of submissions that it was asked about.',
        unit: 'short',
        queries: one(
          'sum by (outcome) (increase(receipt_upstream_answers_total[$__rate_interval]))',
          '{{outcome}}',
        ),
      },
      {
        title: 'Event loops',
        about: 'How long one turn in a hundred is held up.',
        unit: 's',
        queries: one('nodejs_eventloop_lag_p99_seconds{job="return-receipt"}', '{{instance}}'),
      },
      {
        title: 'Memory',
        about: 'Of each process.',
        unit: 'bytes',
        queries: one('process_resident_memory_bytes{job="return-receipt"}', '{{instance}}'),
      },
      {
        title: 'Processor',
        about: 'Of each process; 1 is a whole one.',
        unit: 'short',
        queries: one(rate('process_cpu_seconds_total{job="return-receipt"}'), '{{instance}}'),
      },
    ],
  },
];

const SOURCE = { type: 'prometheus', uid: '${source}' };
/** Grafana's grid is 24 wide. */
const SIZE = { number: { w: 6, h: 5 }, lines: { w: 8, h: 8 } };

/** As Grafana imports it. */
export function dashboardJson(): string {
  return `${JSON.stringify(
    {
      title: 'Return Receipt',
      uid: 'return-receipt',
      tags: ['return-receipt'],
      schemaVersion: 39,
      editable: true,
      refresh: '30s',
      time: { from: 'now-6h', to: 'now' },
      timezone: 'utc',
      templating: {
        list: [{ name: 'source', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
      },
      panels: placed(),
    },
    null,
    2,
  )}\n`;
}

/** Rows below each other, their panels from the left to the right. */
function placed(): object[] {
  const all: object[] = [];
  let [x, y, tallest] = [0, 0, 0];
  const place = ({ w, h }: { w: number; h: number }) => {
    if (x + w > 24) [x, y, tallest] = [0, y + tallest, 0];
    const at = { x, y, w, h };
    [x, tallest] = [x + w, Math.max(tallest, h)];
    return at;
  };
  const add = (panel: object, gridPos: object) => all.push({ id: all.length + 1, ...panel, gridPos });
  for (const { title, panels } of ROWS) {
    [x, y, tallest] = [0, y + tallest, 0];
    add({ type: 'row', title, collapsed: false, panels: [] }, place({ w: 24, h: 1 }));
    for (const panel of panels) add(grafanaPanel(panel), place(panel.limits ? SIZE.number : SIZE.lines));
  }
  return all;
}

function grafanaPanel({ title, about, unit, queries, limits }: Panel): object {
  const steps = limits && [
    { color: 'green', value: null },
    { color: 'yellow', value: limits.warn },
    { color: 'red', value: limits.bad },
  ];
  return {
    type: limits ? 'stat' : 'timeseries',
    title,
    description: about,
    datasource: SOURCE,
    fieldConfig: {
      defaults: { unit, min: 0, ...(steps ? { thresholds: { mode: 'absolute', steps } } : {}) },
      overrides: [],
    },
    options: limits
      ? { colorMode: 'background', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] } }
      : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend === '' ? title : legend,
    })),
  };
}
