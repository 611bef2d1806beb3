import { Inject, Injectable } from '@nestjs/common';
import { Prepared, PrismaService, SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { workOf } from './batch.actions.js';
import { entryOf } from './batch.entry.js';
import type { BatchRow } from './batch.entry.js';
import { BatchFacts } from './batch.facts.js';
import type { Found } from './batch.facts.js';
import { leftToRun, moved } from './batch.outcome.js';
import { eligibilityOf } from './batch.rules.js';
import type { Eligibility } from './batch.rules.js';
import { checkedBy } from './batch.step.checking.js';
import { BatchSteps } from './batch.steps.js';
import { BatchTurns } from './batch.turns.js';
import type { WorkingBatch } from './batch.turns.js';

/** Rows that are looked at together. */
const CHUNK = 1_000;

interface Checked extends Eligibility {
  row: number;
  person: string | null;
  taxReturnId: string | null;
}

/** Looks at each row of a list before any is run: who will get a mail, who will not, and why. */
@Injectable()
export class BatchChecking {
  constructor(
    private readonly prisma: PrismaService,
    private readonly facts: BatchFacts,
    private readonly turns: BatchTurns,
    private readonly steps: BatchSteps,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Looks at the next rows; behind the last one, says what comes now. @returns the last that it looked at; undefined when none is left. */
  async step(batch: WorkingBatch, checkedTo: number): Promise<number | undefined> {
    const rows = await NEXT_ROWS.run(this.prisma.pool, batch.id, checkedTo, CHUNK);
    const last = rows.at(-1)?.row;
    const checked = await this.check(
      batch,
      rows.filter(({ outcome }) => outcome === null),
    );
    await this.prisma.retryingPrepared(async (session) => {
      const held = await this.turns.hold(session, batch);
      await CHECKED.run(
        session,
        batch.id,
        checked.map(({ row }) => row),
        checked.map(({ outcome }) => outcome),
        checked.map(({ reason }) => reason ?? null),
        checked.map(({ person }) => person),
        checked.map(({ taxReturnId }) => taxReturnId),
      );
      const counts = checked.reduce((sum, { outcome }) => moved(sum, undefined, outcome), held.counts);
      if (last !== undefined) await CHECKED_TO.run(session, batch.id, last, JSON.stringify(counts));
      else
        await CONCLUDE_CHECK.run(
          session,
          batch.id,
          leftToRun(batch.action, counts),
          this.settings.BATCH_APPROVAL_ABOVE,
        );
    });
    return last;
  }

  private async check(batch: WorkingBatch, rows: BatchRow[]): Promise<Checked[]> {
    const first = rows[0]?.row;
    if (first === undefined) return [];
    const work = workOf(batch.action);
    if ('step' in work)
      return checkedBy(this.steps.of(work), batch, rows, (keys) =>
        PERSONS_BEFORE.run(this.prisma.pool, batch.id, first, keys),
      );
    const subjects = [...new Set(rows.map(({ subject }) => subject))];
    const found = await this.facts.of(this.prisma.pool, batch, subjects);
    const named = [...found.values()].flatMap(({ person }) => person ?? []);
    const subjectsBefore = await SUBJECTS_BEFORE.run(this.prisma.pool, batch.id, first, subjects);
    const personsBefore = await PERSONS_BEFORE.run(this.prisma.pool, batch.id, first, named);
    const seen = new Set(subjectsBefore.map(({ subject }) => subject));
    const persons = new Set(personsBefore.map(({ person }) => person));
    return rows.map((row) => {
      const known = found.get(row.subject);
      const isRepeated = seen.has(row.subject);
      seen.add(row.subject);
      const { outcome, reason } = this.eligibility(batch, row, known, isRepeated);
      const person = outcome === 'ready' ? (known?.person ?? null) : null;
      const isOther = person !== null && persons.has(person);
      if (person !== null) persons.add(person);
      const taxReturnId = known?.taxReturnId ?? null;
      if (isOther) return { row: row.row, outcome: 'same-person', person: null, taxReturnId };
      return { row: row.row, outcome, reason, person, taxReturnId };
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

export const NEXT_ROWS = new Prepared<
  [id: string, after: number, most: number],
  BatchRow & { outcome: string | null }
>(
  'next batch rows to check',
  `SELECT row, subject, receipt_id AS "receiptId", outcome FROM batch_rows
   WHERE batch_id = $1::uuid AND row > $2::int ORDER BY row LIMIT $3::int`,
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
     WHERE r.batch_id = $1::uuid AND r.subject = asked.subject AND r.row + 0 < $2::int AND r.outcome <> 'malformed' LIMIT 1) AS before ON true`,
);

export const PERSONS_BEFORE = new Prepared<
  [id: string, first: number, persons: string[]],
  { person: string }
>(
  'batch persons before',
  `SELECT asked.person FROM unnest($3::text[]) AS asked(person)
   JOIN LATERAL (
     SELECT 1 FROM batch_rows r
     WHERE r.batch_id = $1::uuid AND r.person = asked.person AND r.row + 0 < $2::int LIMIT 1) AS before ON true`,
);

export const CHECKED = new Prepared<
  [
    id: string,
    rows: number[],
    outcomes: string[],
    reasons: (string | null)[],
    persons: (string | null)[],
    returns: (string | null)[],
  ],
  never
>(
  'batch rows are checked',
  `UPDATE batch_rows r SET outcome = g.outcome, reason = g.reason, person = g.person, tax_return_id = g.tax_return_id
   FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::uuid[]) AS g(row, outcome, reason, person, tax_return_id)
   WHERE r.batch_id = $1::uuid AND r.row = ANY($2::int[]) AND r.row = g.row`,
);

export const CHECKED_TO = new Prepared<[id: string, last: number, counts: string], never>(
  'batch checked to',
  `UPDATE batches SET checked_to = $2::int, counts = $3::jsonb WHERE id = $1::uuid`,
);

const IS_DRY = `coalesce((ordered->>'dryRun')::boolean, false)`;

/** A dry run ends here. Where nothing is to be run, every row has its result already. */
export const CONCLUDE_CHECK = new Prepared<[id: string, toRun: number, approvalAbove: number], never>(
  'conclude batch check',
  `UPDATE batches SET
     state = CASE WHEN $2::int = 0 THEN 'finished' WHEN ${IS_DRY} THEN 'aborted' WHEN rows > $3::int THEN 'awaiting-approval'
                   WHEN starts_itself THEN 'running' ELSE 'validated' END,
     started_at = CASE WHEN $2::int > 0 AND rows <= $3::int AND starts_itself THEN now() END,
     resumed_at = CASE WHEN $2::int > 0 AND rows <= $3::int AND starts_itself THEN now() END,
     reason = CASE WHEN $2::int > 0 AND ${IS_DRY} THEN 'dry-run' END,
     detail = CASE WHEN $2::int > 0 AND ${IS_DRY} THEN 'It was a dry run: nothing was done.' END,
     ended_at = CASE WHEN $2::int = 0 OR ${IS_DRY} THEN now() END
   WHERE id = $1::uuid`,
);
