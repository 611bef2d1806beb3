import type { Command } from 'commander';
import { oneOf, wholeNumber } from './option.values.js';
import { withOperations } from './operate.js';
import { moment, note, printJson, printParts, printTable } from './terminal.js';

interface Options {
  kind?: string;
  target?: string;
  limit?: string;
  csv?: boolean;
  json?: boolean;
}

/** `receipt audit`: who did what, when and why. */
export function register(receipt: Command): void {
  receipt
    .command('audit')
    .description('who did what, when and why, newest first')
    .option(
      '--kind <kind>',
      'notification, submission, remediation, quarantine, template, suppression, batch or key',
    )
    .option('--target <id>', 'what it was done to')
    .option('--limit <entries>', 'how many (default: 50)')
    .option('--csv', 'all of them as CSV, to hand over')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  receipt audit --target 0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11
  receipt audit --csv > handover.csv`,
    )
    .action(audit);
}

async function audit({ kind: word, target, limit, csv, json }: Options): Promise<void> {
  const { AUDIT_KINDS, AuditTrail, ListsService } = await import('#libs/notifications/index.js');
  const kind = oneOf('--kind', word, AUDIT_KINDS);
  const most = wholeNumber('--limit', limit) ?? 50;
  if (csv) return withOperations((app) => printParts(app.get(ListsService).trail({ kind, target })));
  const entries = await withOperations((app) => app.get(AuditTrail).page({ kind, target, limit: most }));
  if (json) return printJson(entries.map((entry) => ({ ...entry, sequence: String(entry.sequence) })));
  if (entries.length === 0) return note('Nobody did anything yet.');
  printTable(
    ['AT', 'WHO', 'DID', 'TO', 'WHY'],
    entries.map(({ at, actor, action, kind, target, reason }) => [
      moment(at),
      actor,
      action,
      `${kind} ${target}`,
      reason,
    ]),
  );
}
