-- AlterTable
ALTER TABLE "submissions" ADD COLUMN     "backup_id_repeated" BOOLEAN NOT NULL DEFAULT false;

-- What Prisma has no words for. Ids that several submissions were given before stay where they are: the first that came keeps its
-- own, the others say that theirs is somebody else's too, so that nothing is lost and nobody else is given it.
UPDATE "submissions" s SET "backup_id_repeated" = true
WHERE s."backup_id" IS NOT NULL AND EXISTS (
  SELECT 1 FROM "submissions" f WHERE f."backup_id" = s."backup_id" AND (f."created_at", f."id") < (s."created_at", s."id")
);
CREATE UNIQUE INDEX "submissions_backup_id_once_idx" ON "submissions"("backup_id") WHERE "backup_id" IS NOT NULL AND NOT "backup_id_repeated";
