import { readFileSync } from 'node:fs';

export const RULES = 'deploy/prometheus/alerts.yml';

/** An alert, as its file has it. */
export interface AlertRule {
  name: string;
  severity: string;
  summary: string;
  runbook: string;
}

/** Our own way of writing YAML is regular enough to be read by lines; promtool checks the rest of it. */
export function alertRules(text = readFileSync(RULES, 'utf8')): AlertRule[] {
  return text
    .split(/^ {6}- (?=alert: |record: )/m)
    .slice(1)
    .filter((block) => block.startsWith('alert: '))
    .map((block) => ({
      name: matched(block, /^alert: (\w+)$/m),
      severity: matched(block, /labels: \{ severity: (\w+) \}/),
      summary: matched(block, /^ +summary: (.+)$/m),
      runbook: matched(block, /^ +runbook: (\S+)$/m),
    }));
}

/** The same rules for a test that cannot wait for minutes: no condition changes, only for how long it has to hold. */
export function impatient(text = readFileSync(RULES, 'utf8')): string {
  return text.replace(/^( +for:) \w+$/gm, '$1 0s').replace(/offset 10m/g, 'offset 4s');
}

function matched(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1] ?? '';
}
