import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { terminal } from '#apps/cli/src/receipt.js';
import { dashboardJson, ROWS } from '../../deploy/grafana/dashboard.js';
import { instrumentsIn } from '../../libs/notifications/src/watch/metrics/instruments.js';
import { alertRules, RULES } from '../support/alert.rules.js';
import { promtool } from '../support/prometheus.js';
import { commandsOf, RUNBOOKS } from '../support/runbooks.js';

const TESTS = 'deploy/prometheus/alerts.test.yml';
const DASHBOARD = 'deploy/grafana/return-receipt.json';
const alerts = alertRules();
const rules = readFileSync(RULES, 'utf8');
const expressions = ROWS.flatMap(({ panels }) =>
  panels.flatMap(({ title, queries }) => queries.map(({ expr }) => ({ title, expr }))),
);

/** Every series that a process of ours tells of, and what our rules and Prometheus itself make. */
async function knownSeries(): Promise<Set<string>> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  instrumentsIn(registry);
  const metrics = await registry.getMetricsAsJSON();
  const own = metrics.flatMap(({ name, type }) =>
    String(type) === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  );
  registry.clear();
  const recorded = [...rules.matchAll(/record: (\S+)/g)].map(([, name = '']) => name);
  return new Set([...own, ...recorded, 'up']);
}

/** Names in an expression of PromQL that are none of its words: what is selected from. */
function seriesIn(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '')
    .replace(/\b(by|on|without) \([^)]*\)/g, '')
    .replace(/\{[^}]*\}/g, '');
  return [...bare.matchAll(/\b(receipt[\w:]*|nodejs_\w+|process_\w+|up)\b/g)].map(([, name = '']) => name);
}

const describeWithPromtool = process.env.TEST_PROMTOOL ? describe : undefined;
describeWithPromtool?.('promtool', () => {
  it('finds nothing wrong with the rules, nor with the settings that load them', async () => {
    for (const args of [
      ['check', 'rules', RULES],
      ['check', 'config', 'deploy/prometheus/prometheus.yml'],
    ])
      expect(await promtool(...args)).toMatchObject({ ok: true });
  });

  it('finds that each alert calls when it should, and not when it should not', async () => {
    expect(await promtool('test', 'rules', TESTS)).toMatchObject({ ok: true });
  });
});

describe('each alert', () => {
  it('says how much it hurries, what is wrong, and which page says what to do; no two have one name', () => {
    expect(alerts.length).toBeGreaterThan(20);
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
    for (const { name, severity, summary, runbook } of alerts) {
      expect([name, ['page', 'ticket'].includes(severity), summary.length > 20]).toEqual([name, true, true]);
      expect([name, existsSync(runbook) && readFileSync(runbook, 'utf8').includes(`\`${name}\``)]).toEqual([
        name,
        true,
      ]);
    }
  });

  it('stands in the list of runbooks under what it calls for, and nothing else does', () => {
    const list = readFileSync(`${RUNBOOKS}/README.md`, 'utf8');
    const rows = list.split('\n').filter((line) => line.startsWith('| `'));
    const listed = rows.flatMap((row) => {
      const [, names = '', calls = '', page = ''] = row.split('|');
      return [...names.matchAll(/`(\w+)`/g)].map(([, name]) => ({
        name,
        severity: calls.trim() === 'at night' ? 'page' : 'ticket',
        runbook: `${RUNBOOKS}/${/\((.+)\)/.exec(page)?.[1]}`,
      }));
    });
    const byName = (a: { name?: string }, b: { name?: string }) => (a.name ?? '').localeCompare(b.name ?? '');
    expect(listed.toSorted(byName)).toEqual(
      alerts.map(({ name, severity, runbook }) => ({ name, severity, runbook })).toSorted(byName),
    );
  });

  it('is made to call by a test of promtool', () => {
    const calling = readFileSync(TESTS, 'utf8')
      .split('- eval_time:')
      .filter((check) => check.includes('exp_labels'))
      .map((check) => /alertname: (\w+)/.exec(check)?.[1]);
    expect(alerts.map(({ name }) => name).filter((name) => !calling.includes(name))).toEqual([]);
  });

  it('rests on metrics that there are', async () => {
    const known = await knownSeries();
    const bare = rules
      .replace(/#.*$/gm, '')
      .replace(/^ +(?:summary|runbook|record|- record|- name):.*$/gm, '');
    const named = seriesIn(bare.replace(/^ +-? ?(?:job|record|alert).*$/gm, ''));
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('is what its description says: npm run dashboards', () => {
    expect(readFileSync(DASHBOARD, 'utf8')).toBe(dashboardJson());
  });

  it('asks for metrics that there are, in each of its panels, and leaves none of ours out', async () => {
    const known = await knownSeries();
    for (const { title, expr } of expressions) {
      const series = seriesIn(expr);
      expect([title, series.length > 0, series.filter((name) => !known.has(name))]).toEqual([
        title,
        true,
        [],
      ]);
    }
    const shown = new Set(expressions.flatMap(({ expr }) => seriesIn(expr)));
    const ours = [...known].filter((name) => /^receipt_(?!.*_(?:sum|count)$)/.test(name));
    expect(ours.filter((name) => !shown.has(name))).toEqual(['receipt_oldest_parked_seconds']);
  });
});

describe('a runbook', () => {
  const pages = readdirSync(RUNBOOKS).filter((name) => name !== 'README.md');

  it('is named by an alert, and says what it means, what to look at and what to do', () => {
    const named = new Set(alerts.map(({ runbook }) => runbook));
    for (const page of pages) {
      const text = readFileSync(`${RUNBOOKS}/${page}`, 'utf8');
      const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect([page, named.has(`${RUNBOOKS}/${page}`), headings]).toEqual([
        page,
        true,
        ['What it means', 'What to look at', 'What to do'],
      ]);
      const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
      expect(links.filter((link) => !existsSync(`${RUNBOOKS}/${link}`))).toEqual([]);
    }
  });

  it('calls commands that there are, with options and as many arguments as they take', async () => {
    const program = await terminal('of the test');
    const commands = pages.flatMap((page) => commandsOf(page).map((args) => ({ page, args })));
    expect(commands.length).toBeGreaterThan(40);
    const wrong = commands.map(({ page, args }) => [page, args.join(' '), faultOf(program, args)]);
    expect(wrong.filter(([, , fault]) => fault !== undefined)).toEqual([]);
  });
});

/** Why the terminal would refuse to do this; undefined where it would not. */
function faultOf(program: Command, args: string[]): string | undefined {
  let command = program;
  let rest = args;
  for (;;) {
    const sub = command.commands.find((one) => one.name() === rest[0]);
    if (!sub) break;
    [command, rest] = [sub, rest.slice(1)];
  }
  if (command === program) return 'no such command';
  const operands: string[] = [];
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    if (!word.startsWith('--')) operands.push(word);
    else {
      const option = command.options.find(({ long }) => long === word);
      if (!option) return `no option ${word}`;
      if (option.required) at += 1;
      if (option.required && rest[at] === undefined) return `${word} of nothing`;
    }
  }
  const known = command.registeredArguments;
  const needed = known.filter(({ required }) => required).length;
  const most = known.some(({ variadic }) => variadic) ? Infinity : known.length;
  if (operands.length < needed || operands.length > most) return `${operands.length} arguments`;
  const asksWhy = command.options.some(({ long }) => long === '--reason');
  const isAnswered = ['--reason', '--dry-run', '--context'].some((option) => rest.includes(option));
  const onlyShows = command.name() === 'pause' && operands.length === 0;
  return asksWhy && !isAnswered && !onlyShows ? 'no reason' : undefined;
}
