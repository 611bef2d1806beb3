-- Ids that several submissions were given before stay where they are: the first that came keeps its own, the others say that theirs is
-- somebody else's too, so that nothing is lost and nobody else is given it. It locks the few rows that it marks, and may run again.
UPDATE "submissions" s SET "backup_id_repeated" = true
WHERE s."backup_id" IS NOT NULL AND NOT s."backup_id_repeated" AND EXISTS (
  SELECT 1 FROM "submissions" f WHERE f."backup_id" = s."backup_id" AND (f."created_at", f."id") < (s."created_at", s."id")
);
