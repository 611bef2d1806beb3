-- In the order in which news are written, so that nobody waits in a circle. The first statement writes each mail anew: minutes at ten
-- million of them, in which the service waits.
LOCK TABLE "submissions", "notifications" IN ACCESS EXCLUSIVE MODE;

-- Was the taxpayer told? The database derives it from the row whenever that changes, so that nobody can forget to; and what is
-- untold has an index of its own, however many were told.
ALTER TABLE "notifications"
  ADD COLUMN "is_told" BOOLEAN NOT NULL GENERATED ALWAYS AS (
    ("state" = 'handed_over' AND "bounced_at" IS NULL)
    OR ("state" IN ('handed_over', 'withheld') AND coalesce("reason" LIKE 'superseded-by-%', false))
  ) STORED,
  ADD COLUMN "batch_id" UUID;

CREATE INDEX "notifications_untold_idx" ON "notifications"("requested_at", "id") WHERE NOT "is_told";
CREATE INDEX "notifications_batch_idx" ON "notifications"("batch_id", "requested_at", "id") WHERE "batch_id" IS NOT NULL;
-- Its rows are in the one of the untold.
DROP INDEX "notifications_bounced_at_idx";

-- Totals by quarter of an hour, so that a plot over a month reads some thousand totals, not ten million rows.
CREATE FUNCTION quarter_of(at timestamptz) RETURNS timestamptz IMMUTABLE LANGUAGE sql
  RETURN date_bin('15 minutes', at, '2000-01-01T00:00:00Z');

DELETE FROM "row_counts";
-- The default is for the sweep of an older version that runs on beside this one: its sums stay right.
ALTER TABLE "row_counts" ADD COLUMN "quarter" TIMESTAMPTZ(3) NOT NULL DEFAULT quarter_of(now());

CREATE OR REPLACE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign bigint := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM row_counts WHERE relation = TG_TABLE_NAME;
  ELSIF TG_TABLE_NAME = 'submissions' THEN
    INSERT INTO row_counts (relation, quarter, delta)
    SELECT TG_TABLE_NAME, quarter_of(created_at), sign * count(*) FROM changed GROUP BY 2;
  ELSE
    INSERT INTO row_counts (relation, quarter, delta)
    SELECT TG_TABLE_NAME, quarter_of(requested_at), sign * count(*) FROM changed GROUP BY 2;
  END IF;
  RETURN NULL;
END $$;

-- A row may be dated anew.
CREATE FUNCTION count_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'submissions' THEN
    INSERT INTO row_counts (relation, quarter, delta)
    VALUES (TG_TABLE_NAME, quarter_of(OLD.created_at), -1), (TG_TABLE_NAME, quarter_of(NEW.created_at), 1);
  ELSE
    INSERT INTO row_counts (relation, quarter, delta)
    VALUES (TG_TABLE_NAME, quarter_of(OLD.requested_at), -1), (TG_TABLE_NAME, quarter_of(NEW.requested_at), 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER submissions_are_counted_elsewhere AFTER UPDATE OF "created_at" ON "submissions"
  FOR EACH ROW WHEN (OLD."created_at" <> NEW."created_at") EXECUTE FUNCTION count_elsewhere();
CREATE TRIGGER notifications_are_counted_elsewhere AFTER UPDATE OF "requested_at" ON "notifications"
  FOR EACH ROW WHEN (OLD."requested_at" <> NEW."requested_at") EXECUTE FUNCTION count_elsewhere();

INSERT INTO row_counts (relation, quarter, delta)
SELECT 'submissions', quarter_of(created_at), count(*) FROM submissions GROUP BY 2;
INSERT INTO row_counts (relation, quarter, delta)
SELECT 'notifications', quarter_of(requested_at), count(*) FROM notifications GROUP BY 2;
