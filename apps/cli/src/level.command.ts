import type { Command } from 'commander';
import type { ServiceLevel, ServiceLevelLook } from '#libs/notifications/index.js';
import { bar } from './bars.js';
import { withOperations } from './operate.js';
import { oneOf } from './option.values.js';
import { counted, note, printJson, printLine, printTable } from './terminal.js';

interface Options {
  last?: string;
  json?: boolean;
}

/** `receipt level`: how soon mails went out, day by day. */
export function register(receipt: Command): void {
  receipt
    .command('level')
    .description('the service level by day: how soon mails went out, and what became of them')
    .option('--last <span>', '7d, 30d or 90d (default: 30d)')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
Days without mails are left out. All days are in UTC; the bar shows what was late or not sent.

Examples:
  receipt level
  receipt level --last 90d --json`,
    )
    .action(level);
}

async function level({ last: word, json }: Options): Promise<void> {
  const { daysBack, LEVEL_SPANS, ServiceLevelService } = await import('#libs/notifications/index.js');
  const last = oneOf('--last', word, ['7d', '30d', '90d'] as const) ?? '30d';
  const days = daysBack(LEVEL_SPANS[last], new Date());
  const look = await withOperations((app) => app.get(ServiceLevelService).look(days));
  if (json) printJson(look);
  else await print(look);
}

async function print({ aim, days, total }: ServiceLevelLook): Promise<void> {
  const { meetsAim, shareWords, waitWords } = await import('#libs/notifications/index.js');
  const shown = days.filter(({ mails }) => mails > 0);
  if (shown.length === 0) return note('No mails were counted yet.');
  const most = Math.max(...shown.map(lateOf));
  const numbersOf = (one: ServiceLevel) => [
    String(one.owed),
    shareWords(one.share),
    ...[one.waits.p50, one.waits.p95, one.waits.p99].map(waitWords),
    String(one.became.arrived),
    String(one.became.bounced),
    String(one.became.unknown),
    String(one.became.untold),
    String(lateOf(one)),
  ];
  printTable(
    [
      'DAY (UTC)',
      'COUNTED',
      'ON TIME',
      '50% IN',
      '95% IN',
      '99% IN',
      'ARRIVED',
      'BOUNCED',
      'UNKNOWN',
      'UNTOLD',
      'LATE',
      '',
    ],
    shown.map((one) => [one.day, ...numbersOf(one), bar(lateOf(one), most)]),
  );
  const meets = meetsAim(total, aim);
  printLine(
    meets === undefined
      ? '\nNo mail was due.'
      : `\n${shareWords(total.share)} of ${counted(total.owed, 'mail')} went out within ${waitWords(aim.withinMs)}. The aim is ${shareWords(aim.share)}: ${meets ? 'met' : 'missed'}.`,
  );
}

/** What a relay did not take in time, or at all. */
function lateOf({ owed, inTime }: ServiceLevel): number {
  return owed - inTime;
}
