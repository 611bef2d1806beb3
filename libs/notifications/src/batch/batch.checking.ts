import { Inject, Injectable } from '@nestjs/common';
import { Behind, Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { workOf } from './batch.actions.js';
import { entryOf } from './batch.entry.js';
import type { BatchRow } from './batch.entry.js';
import { BatchFacts } from './batch.facts.js';
import type { Found, Person } from './batch.facts.js';
import { leftToRun, moved } from './batch.outcome.js';
import { UrgentFirst } from '../send/urgent.first.js';
import { eligibilityOf } from './batch.rules.js';
import type { Eligibility } from './batch.rules.js';
import { checkedBy } from './batch.step.checking.js';
import { BatchSteps } from './batch.steps.js';
import { BatchTurns } from './batch.turns.js';
import type { WorkingBatch } from './batch.turns.js';
import { DRY_RUN } from './batch.words.js';

/** Lines that are looked at together. */
const CHUNK = 1_000;

/** A row of the list; its outcome is there where it holds no id. */
type OpenRow = BatchRow & { outcome: string | null };

/** A row that was looked at by itself. */
interface Judged extends Eligibility {
  row: number;
  known?: Found | { taxReturnId: string | null; person?: undefined };
}

/** Looks at each row of a list before any is run: who will get a mail, who will not, and why. */
@Injectable()
export class BatchChecking {
  constructor(
    private readonly prisma: PrismaService,
    private readonly facts: BatchFacts,
    private readonly turns: BatchTurns,
    private readonly urgent: UrgentFirst,
    private readonly steps: BatchSteps,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Looks at the rows that are left, for as long as it is to go on; behind the last one, says what comes now. What was found is
   * written down while the next rows are looked at.
   * @throws TurnLost when it was ended or taken over.
   */
  async lookAt(batch: WorkingBatch, goesOn: () => boolean): Promise<void> {
    const writing = new Behind();
    let checkedTo = batch.checkedTo;
    /** Those of the rows that are being written: nobody finds them in the database yet. */
    let persons = new Set<string>();
    try {
      while (goesOn()) {
        await this.urgent.letPass();
        const rows = await this.next(batch, checkedTo);
        const last = rows.at(-1)?.row;
        if (last === undefined) {
          await writing.begin(() => this.conclude(batch));
          break;
        }
        const open = rows.filter(({ outcome }) => outcome === null);
        const checked = await this.check(batch, open, persons);
        await writing.begin(() => this.write(batch, checked, last));
        persons = new Set(readyPersons(checked).map(keyOf));
        checkedTo = last;
      }
      await writing.done();
    } finally {
      await writing.settled();
    }
  }

  private async next({ id }: WorkingBatch, checkedTo: number): Promise<OpenRow[]> {
    const rows = await NEXT_ROWS.run(this.prisma.pool, id, checkedTo, checkedTo + CHUNK);
    if (rows.length > 0) return rows;
    // Many blank lines, or the end.
    const [first] = await FIRST_ROW.run(this.prisma.pool, id, checkedTo);
    return first?.row ? NEXT_ROWS.run(this.prisma.pool, id, first.row - 1, first.row + CHUNK) : [];
  }

  private write(batch: WorkingBatch, checked: Judged[], last: number): Promise<void> {
    return this.prisma.retryingPrepared(async (session) => {
      const held = await this.turns.hold(session, batch);
      await CHECKED.run(
        session,
        batch.id,
        checked.map(({ row }) => row),
        checked.map(({ outcome }) => outcome),
        checked.map(({ reason }) => reason ?? null),
        checked.map(({ known }) => known?.taxReturnId ?? null),
      );
      const counts = checked.reduce((sum, { outcome }) => moved(sum, undefined, outcome), held.counts);
      await CHECKED_TO.run(session, batch.id, last, JSON.stringify(counts));
    });
  }

  private conclude(batch: WorkingBatch): Promise<void> {
    return this.prisma.retryingPrepared(async (session) => {
      const { counts } = await this.turns.hold(session, batch);
      const left = leftToRun(batch.action, counts);
      await CONCLUDE_CHECK.run(session, batch.id, left, this.settings.BATCH_APPROVAL_ABOVE);
    });
  }

  private async check(
    batch: WorkingBatch,
    rows: BatchRow[],
    personsBefore: ReadonlySet<string>,
  ): Promise<Judged[]> {
    const first = rows[0]?.row;
    if (first === undefined) return [];
    const work = workOf(batch.action);
    if ('step' in work)
      return checkedBy(this.steps.of(work), batch, rows, (subjects) =>
        SUBJECTS_BEFORE.run(this.prisma.pool, batch.id, first, subjects),
      );
    const subjects = [...new Set(rows.map(({ subject }) => subject))];
    const found = await this.facts.of(this.prisma.pool, batch, subjects);
    const before = await SUBJECTS_BEFORE.run(this.prisma.pool, batch.id, first, subjects);
    const seen = new Set(before.map(({ subject }) => subject));
    const judged = rows.map((row): Judged => {
      const known = found.get(row.subject);
      const isRepeated = seen.has(row.subject);
      seen.add(row.subject);
      return { row: row.row, known, ...this.eligibility(batch, row, known, isRepeated) };
    });
    const ready = readyPersons(judged);
    const readyBefore = await PERSONS_BEFORE.run(
      this.prisma.pool,
      batch.id,
      first,
      ready.map(({ taxReturnId }) => taxReturnId),
      ready.map(({ userId }) => userId),
      ready.map(({ taxYear }) => taxYear),
    );
    const persons = new Set([...personsBefore, ...readyBefore.map(keyOf)]);
    return judged.map((one): Judged => {
      const [person] = readyPersons([one]);
      if (person === undefined) return one;
      if (persons.has(keyOf(person))) return { ...one, outcome: 'same-person' };
      persons.add(keyOf(person));
      return one;
    });
  }

  private eligibility(
    batch: WorkingBatch,
    row: BatchRow,
    known: Found | undefined,
    isRepeated: boolean,
  ): Eligibility {
    if (!known) return { outcome: 'unknown' };
    if (isRepeated) return { outcome: 'repeated' };
    return eligibilityOf(batch.action, known, entryOf(batch, row), this.settings);
  }
}

/** Those that a mail is to go to, where it is known whose it is. */
function readyPersons(judged: Judged[]): (Person & { taxReturnId: string })[] {
  return judged.flatMap(({ outcome, known }) =>
    outcome === 'ready' && known?.person ? { ...known.person, taxReturnId: known.taxReturnId } : [],
  );
}

function keyOf({ userId, taxYear }: Person): string {
  return `${taxYear}/${userId}`;
}

/** From one line to another, so that no plan that reads all that is left of a million may be the cheaper one. */
export const NEXT_ROWS = new Prepared<[id: string, after: number, to: number], OpenRow>(
  'next batch rows to check',
  `SELECT row, subject, receipt_id AS "receiptId", outcome FROM batch_rows
   WHERE batch_id = $1::uuid AND row > $2::int AND row <= $3::int ORDER BY row`,
);

export const FIRST_ROW = new Prepared<[id: string, after: number], { row: number | null }>(
  'first batch row to check',
  'SELECT min(row) AS row FROM batch_rows WHERE batch_id = $1::uuid AND row > $2::int',
);

/* Each is looked up by itself, and never by what stands before it: that may be a million rows, again for every part. */

export const SUBJECTS_BEFORE = new Prepared<
  [id: string, first: number, subjects: string[]],
  { subject: string }
>(
  'batch subjects before',
  `SELECT asked.subject FROM unnest($3::text[]) AS asked(subject)
   JOIN LATERAL (
     SELECT 1 FROM batch_rows r
     WHERE r.batch_id = $1::uuid AND r.subject = asked.subject AND r.row + 0 < $2::int
       AND r.outcome IS DISTINCT FROM 'malformed' LIMIT 1) AS before ON true`,
);

/** By the other returns of a person: a column of the row would have its index written anew with every row. */
export const PERSONS_BEFORE = new Prepared<
  [id: string, first: number, returns: string[], users: string[], years: number[]],
  Person
>(
  'batch persons before',
  `SELECT asked.user_id AS "userId", asked.tax_year AS "taxYear"
   FROM unnest($3::uuid[], $4::text[], $5::int[]) AS asked(id, user_id, tax_year)
   JOIN LATERAL (
     SELECT 1 FROM (
       SELECT id::text AS subject FROM tax_returns t
       WHERE t.user_id = asked.user_id AND t.tax_year = asked.tax_year AND t.id <> asked.id OFFSET 0) AS other
     JOIN LATERAL (
       SELECT 1 FROM batch_rows r
       WHERE r.batch_id = $1::uuid AND r.subject = other.subject AND r.row + 0 < $2::int AND r.outcome = 'ready' LIMIT 1) AS ready ON true
     LIMIT 1) AS before ON true`,
);

export const CHECKED = new Prepared<
  [id: string, rows: number[], outcomes: string[], reasons: (string | null)[], returns: (string | null)[]],
  never
>(
  'batch rows are checked',
  `UPDATE batch_rows r SET outcome = g.outcome, reason = g.reason, tax_return_id = g.tax_return_id
   FROM unnest($2::int[], $3::text[], $4::text[], $5::uuid[]) AS g(row, outcome, reason, tax_return_id)
   WHERE r.batch_id = $1::uuid AND r.row = ANY($2::int[]) AND r.row = g.row`,
);

export const CHECKED_TO = new Prepared<[id: string, last: number, counts: string], never>(
  'batch checked to',
  `UPDATE batches SET checked_to = $2::int, counts = $3::jsonb WHERE id = $1::uuid`,
);

const IS_DRY = `coalesce((ordered->>'dryRun')::boolean, false)`;

/** A dry run ends here, whatever its list holds: a list that only that was made of has not been run. Where nothing is to be run, every row has its result already. */
export const CONCLUDE_CHECK = new Prepared<[id: string, toRun: number, approvalAbove: number], never>(
  'conclude batch check',
  `UPDATE batches SET
     state = CASE WHEN ${IS_DRY} THEN 'aborted' WHEN $2::int = 0 THEN 'finished' WHEN rows > $3::int THEN 'awaiting-approval'
                   WHEN starts_itself THEN 'running' ELSE 'validated' END,
     started_at = CASE WHEN $2::int > 0 AND rows <= $3::int AND starts_itself THEN now() END,
     resumed_at = CASE WHEN $2::int > 0 AND rows <= $3::int AND starts_itself THEN now() END,
     reason = CASE WHEN ${IS_DRY} THEN '${DRY_RUN}' END,
     detail = CASE WHEN ${IS_DRY} THEN 'It was a dry run: nothing was done.' END,
     ended_at = CASE WHEN $2::int = 0 OR ${IS_DRY} THEN now() END
   WHERE id = $1::uuid`,
);
