import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { DeliveryFacts } from '#libs/notifications/index.js';
import { SubmissionEventType } from '#libs/platform/index.js';
import type { BackupStatus } from '#libs/platform/index.js';
import type { Stack } from './stack.js';

/** What happened to a submission, as it is written to a database; times in milliseconds before a fixed instant. */
export interface GeneratedSubmission {
  id: string;
  age: number;
  receipt: string | null;
  events: SubmissionEventType[];
  backup: { status: BackupStatus | null } | null;
  /** In the order in which they are written. */
  remediations: { age: number; success: boolean; ignoredAsDuplicate: boolean }[];
}

/**
 * Submissions with everything that can happen to one, ages close to the ends of the boxes among them, and remediations of
 * which several are of one instant.
 */
export function submissions(edges: number[]): fc.Arbitrary<GeneratedSubmission[]> {
  const age = fc.oneof(
    fc.constantFrom(...edges.flatMap((edge) => [edge - 1, edge, edge + 1])),
    fc.nat(2 * Math.max(...edges)),
  );
  const remediation = fc.record({ age: fc.nat(2), kind: fc.constantFrom('no', 'yes', 'duplicate') });
  return fc.array(
    fc
      .record({
        age,
        receipt: fc.option(fc.constant('R1'), { freq: 4 }),
        events: fc.subarray(Object.values(SubmissionEventType)),
        backup: fc.option(
          fc.record({ status: fc.constantFrom(null, 'accepted' as const, 'rejected' as const) }),
        ),
        remediations: fc.array(remediation, { maxLength: 4 }),
        // Most submissions that matter were acknowledged by nobody.
        isSilent: fc.boolean(),
      })
      .map(({ isSilent, remediations, ...one }) => ({
        ...one,
        id: randomUUID(),
        receipt: isSilent ? null : one.receipt,
        events: isSilent ? [] : one.events,
        remediations: remediations.map(({ age: since, kind }) => ({
          age: since,
          success: kind !== 'no',
          ignoredAsDuplicate: kind === 'duplicate',
        })),
      })),
    { minLength: 1, maxLength: 40 },
  );
}

/** The same as the function reads them. */
export function factsOf(one: GeneratedSubmission, now: Date): DeliveryFacts {
  return {
    createdAt: new Date(now.getTime() - one.age),
    receiptId: one.receipt,
    events: one.events.map((type) => ({ type })),
    backupId: one.backup && 'B1',
    backupStatus: one.backup?.status ?? null,
    remediations: one.remediations.map(({ age, ...verdict }, place) => ({
      ...verdict,
      createdAt: new Date(now.getTime() - age),
      sequence: BigInt(place),
    })),
  };
}

/** Writes them to the database, each to a tax return of its own. */
export async function write(stack: Stack, now: Date, generated: GeneratedSubmission[]): Promise<void> {
  const at = (age: number) => new Date(now.getTime() - age).toISOString();
  const rows = generated.map((one) => ({
    ...one,
    at: at(one.age),
    backupId: one.backup && `B-${one.id}`,
    backupStatus: one.backup?.status ?? null,
  }));
  await stack.sql(
    `WITH given AS (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS g(id uuid, at timestamptz, receipt text, "backupId" text,
         "backupStatus" backup_status, events submission_event_type[])
     ), returns AS (
       INSERT INTO tax_returns (id) SELECT id FROM given
     ), written AS (
       INSERT INTO submissions (id, tax_return_id, created_at, receipt_id, backup_id, backup_status)
       SELECT id, id, at, receipt, "backupId", "backupStatus" FROM given
     )
     INSERT INTO submission_events (submission_uuid, type, occurrence, source, occurred_at)
     SELECT id, type, '', id || '/' || type, now() FROM given, unnest(events) AS type`,
    [JSON.stringify(rows)],
  );
  const remediations = generated.flatMap(({ id, remediations }) =>
    remediations.map((one) => ({ ...one, id: randomUUID(), submission: id, at: at(one.age) })),
  );
  await stack.sql(
    `INSERT INTO remediations (id, submission_uuid, success, ignored_as_duplicate, actor, created_at)
     SELECT (one->>'id')::uuid, (one->>'submission')::uuid, (one->>'success')::boolean, (one->>'ignoredAsDuplicate')::boolean,
            'generated', (one->>'at')::timestamptz
     FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS given(one, place) ORDER BY place`,
    [JSON.stringify(remediations)],
  );
}
