-- AlterTable
ALTER TABLE "batches" ADD COLUMN     "results_due_at" TIMESTAMPTZ(3),
ADD COLUMN     "results_lease" TIMESTAMPTZ(3),
ADD COLUMN     "results_of" TEXT,
ADD COLUMN     "results_token" UUID;

-- What Prisma has no words for: lists in S3 whose results are to be written beside them.
CREATE INDEX "batches_results_idx" ON "batches"("results_due_at" NULLS FIRST, "id") WHERE "origin" = 'object' AND "state" <> 'validating'
  AND ("results_of" IS DISTINCT FROM (CASE "state" WHEN 'running' THEN 'running' ELSE "state" || '@' || "applied_to"::text END)
    OR "results_due_at" IS NOT NULL);
