-- AlterTable
ALTER TABLE "batches" ADD COLUMN     "results_mails" TEXT,
ADD COLUMN     "rows_removed_at" TIMESTAMPTZ(3);

-- What Prisma has no words for: batches whose mails do not go on. Every claim of a mail of a batch asks it, and it is next to empty.
CREATE INDEX "batches_held_idx" ON "batches"("id") WHERE "state" IN ('paused', 'stopped', 'aborted');
