-- What Prisma has no words for. Built beside the service: what became of the mails of a batch, and the last that were settled.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "notifications_batch_mails_idx"
  ON "notifications"("batch_id", "settled_at", "state", "is_told", "bounced_at") WHERE "batch_id" IS NOT NULL;
