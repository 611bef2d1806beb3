import type { Stretch } from '#libs/notifications/index.js';
import { moment, printLine, printTable } from './terminal.js';

/** From one eighth of a character to seven. */
const EIGHTHS = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/** Characters of the longest bar. */
const WIDTH = 24;

/**
 * A count as a bar of characters, to an eighth of one. One among a million is still to be seen.
 * @param most the count of the longest bar, which has as many characters as `width` says.
 */
export function bar(count: number, most: number, width = WIDTH): string {
  if (count === 0) return '';
  const eighths = Math.max(1, Math.round((count / most) * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[(eighths % 8) - 1] ?? '');
}

/** Counts over time, the oldest first, with a bar for the failures: what failed when is seen at a glance. Empty stretches are left out. */
export function printOverTime(title: string, all: readonly Stretch[]): void {
  const stretches = all.filter(({ success, failure, 'in-process': open }) => success + failure + open > 0);
  const most = Math.max(...stretches.map(({ failure }) => failure));
  printLine(`\n${title}`);
  if (stretches.length === 0) return printLine('None.');
  printTable(
    ['FROM (UTC)', 'SUCCESS', 'IN PROCESS', 'FAILURE', ''],
    stretches.map(({ from, success, 'in-process': open, failure }) => [
      moment(from),
      String(success),
      String(open),
      String(failure),
      bar(failure, most),
    ]),
  );
}
