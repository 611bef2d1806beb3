-- What Prisma has no words for. Built beside the service: what became of the mails of a batch, and the last that were settled. It is by the
-- id as text, so that no plan goes by the index that begins with the id itself and reads them all (docs/decisions/0053-plans-go-by-index.md).
CREATE INDEX CONCURRENTLY IF NOT EXISTS "notifications_batch_mails_idx"
  ON "notifications"((coalesce("batch_id"::text, '')), "settled_at") INCLUDE ("batch_id", "state", "is_told", "bounced_at", "due_at")
  WHERE coalesce("batch_id"::text, '') <> '';
