-- What Prisma has no words for. Built beside the service. Where an older version gave an id twice since the last migration, this one
-- fails: run the statement of the last one again, and start again.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "submissions_backup_id_once_idx" ON "submissions"("backup_id") WHERE "backup_id" IS NOT NULL AND NOT "backup_id_repeated";
