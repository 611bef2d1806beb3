import type { Transaction } from '#libs/platform/index.js';

/** Keeps the codes of rejected submissions; the latest win. */
export async function writeCodes(
  tx: Transaction,
  codes: { submissionId: string; codes: unknown[] }[],
): Promise<void> {
  const latest = [...new Map(codes.map((item) => [item.submissionId, item])).values()];
  await tx.$executeRaw`
    INSERT INTO rejection_codes (submission_id, codes, updated_at)
    SELECT "submissionId", codes, now() FROM jsonb_to_recordset(${JSON.stringify(latest)}::jsonb) AS r("submissionId" text, codes jsonb)
    ON CONFLICT (submission_id) DO UPDATE SET codes = excluded.codes, updated_at = now()`;
}
