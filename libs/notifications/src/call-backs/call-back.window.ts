import type { CallAnswer } from './call-back.answer.js';
import type { FeedRow } from './event.feed.js';

/** Failures in a row that are about all of it, and no more about each event. */
const ENOUGH_FAILURES = 16;

/** What came of some events: of those that were tried, by their sequence. */
export class Told<Row extends FeedRow> {
  readonly answers = new Map<string, CallAnswer>();
  /** It asks for time, or wants no more: this ends the round. */
  end: Extract<CallAnswer, { kind: 'busy' | 'gone' }> | undefined;
  told = 0;
  failed = 0;
  private inARow = 0;

  constructor(readonly rows: readonly Row[]) {}

  note(row: Row, answer: CallAnswer): void {
    this.answers.set(row.sequence, answer);
    this.inARow = answer.kind === 'told' ? 0 : this.inARow + 1;
    if (answer.kind === 'told') this.told += 1;
    else if (answer.kind === 'failed') this.failed += 1;
    else this.end ??= answer;
  }

  /** Where nothing has passed yet, one failure is enough to leave it alone; where something has, many in a row. */
  get mayGoOn(): boolean {
    return this.end === undefined && (this.failed === 0 || (this.told > 0 && this.inARow < ENOUGH_FAILURES));
  }

  /** Those that failed. */
  get failures(): { row: Row; answer: Extract<CallAnswer, { kind: 'failed' }> }[] {
    return this.rows.flatMap((row) => {
      const answer = this.answers.get(row.sequence);
      return answer?.kind === 'failed' ? [{ row, answer }] : [];
    });
  }
}

/**
 * Tells events, some at the same time: those of one return one after the other, so that they arrive in their order.
 * @param atOnce how many at the same time.
 */
export async function tellEach<Row extends FeedRow>(
  rows: readonly Row[],
  atOnce: number,
  tell: (row: Row) => Promise<CallAnswer>,
  stop: AbortSignal,
): Promise<Told<Row>> {
  const result = new Told(rows);
  const lines = linesOf(rows);
  const goesOn = () => !stop.aborted && result.mayGoOn;
  const work = async () => {
    while (goesOn()) {
      const line = lines.shift();
      const row = line?.shift();
      if (!line || !row) return;
      const answer = await tell(row);
      // A call that was cut off says nothing.
      if (answer.kind !== 'told' && stop.aborted) return;
      result.note(row, answer);
      if (line.length === 0) continue;
      // What is behind one that failed is tried as well, later: what nobody tried keeps the place before it.
      if (answer.kind === 'told') lines.unshift(line);
      else lines.push(line);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return result;
}

/** The events of each return, in the order in which the returns come up. */
function linesOf<Row extends FeedRow>(rows: readonly Row[]): Row[][] {
  const lines = new Map<string, Row[]>();
  for (const row of rows) lines.set(row.taxReturnId, [...(lines.get(row.taxReturnId) ?? []), row]);
  return [...lines.values()];
}
