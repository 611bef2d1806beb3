-- CreateEnum
CREATE TYPE "backup_status" AS ENUM ('accepted', 'rejected');

-- AlterTable
ALTER TABLE "submissions" ADD COLUMN     "backup_id" TEXT,
ADD COLUMN     "backup_status" "backup_status";

-- CreateTable
CREATE TABLE "remediations" (
    "id" UUID NOT NULL,
    "sequence" BIGSERIAL NOT NULL,
    "submission_uuid" UUID NOT NULL,
    "success" BOOLEAN NOT NULL DEFAULT true,
    "ignored_as_duplicate" BOOLEAN NOT NULL DEFAULT false,
    "actor" TEXT NOT NULL,
    "evidence" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "remediations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "remediation_notes" (
    "sequence" BIGSERIAL NOT NULL,
    "remediation_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "context" TEXT NOT NULL,

    CONSTRAINT "remediation_notes_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "row_counts" (
    "sequence" BIGSERIAL NOT NULL,
    "relation" TEXT NOT NULL,
    "delta" BIGINT NOT NULL,

    CONSTRAINT "row_counts_pkey" PRIMARY KEY ("sequence")
);

-- CreateIndex
CREATE INDEX "tax_returns_user_id_tax_year_idx" ON "tax_returns"("user_id", "tax_year");

-- CreateIndex
CREATE UNIQUE INDEX "remediations_sequence_key" ON "remediations"("sequence");

-- CreateIndex
CREATE INDEX "remediations_submission_uuid_created_at_sequence_idx" ON "remediations"("submission_uuid", "created_at", "sequence");

-- CreateIndex
CREATE INDEX "remediation_notes_remediation_id_sequence_idx" ON "remediation_notes"("remediation_id", "sequence");

-- AddForeignKey
ALTER TABLE "remediations" ADD CONSTRAINT "remediations_submission_uuid_fkey" FOREIGN KEY ("submission_uuid") REFERENCES "submissions"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "remediation_notes" ADD CONSTRAINT "remediation_notes_remediation_id_fkey" FOREIGN KEY ("remediation_id") REFERENCES "remediations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma has no words for: constraints, an index of the few, and who refuses.
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_backup_status_has_an_id" CHECK ("backup_status" IS NULL OR "backup_id" IS NOT NULL);
ALTER TABLE "remediations" ADD CONSTRAINT "remediations_a_duplicate_is_a_success" CHECK ("success" OR NOT "ignored_as_duplicate");
ALTER TABLE "remediation_notes" ADD CONSTRAINT "remediation_notes_context_is_not_blank" CHECK (btrim("context") <> '');

CREATE INDEX "submissions_without_receipt_idx" ON "submissions"("created_at", "id") WHERE "receipt_id" IS NULL;

-- Of a remediation only the standing may change, once, to unsuccessful; of its notes nothing.
CREATE TRIGGER remediations_are_kept BEFORE DELETE ON "remediations"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER remediations_are_not_rewritten
  BEFORE UPDATE OF "id", "sequence", "submission_uuid", "actor", "evidence", "created_at" ON "remediations"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER remediations_only_become_unsuccessful BEFORE UPDATE ON "remediations"
  FOR EACH ROW WHEN (NOT OLD."success" OR NEW."success") EXECUTE FUNCTION refuse_change();
CREATE TRIGGER remediations_are_never_emptied BEFORE TRUNCATE ON "remediations"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER remediation_notes_are_append_only BEFORE UPDATE OR DELETE ON "remediation_notes"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER remediation_notes_are_never_emptied BEFORE TRUNCATE ON "remediation_notes"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Totals without counting: in the transaction that adds or deletes, so that no reader ever sees them differ.
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM row_counts WHERE relation = TG_TABLE_NAME;
  ELSE
    INSERT INTO row_counts (relation, delta)
    SELECT TG_TABLE_NAME, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END FROM changed HAVING count(*) > 0;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER submissions_are_counted AFTER INSERT ON "submissions"
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
CREATE TRIGGER submissions_are_discounted AFTER DELETE ON "submissions"
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
CREATE TRIGGER submissions_are_emptied AFTER TRUNCATE ON "submissions"
  FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
CREATE TRIGGER notifications_are_counted AFTER INSERT ON "notifications"
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
CREATE TRIGGER notifications_are_discounted AFTER DELETE ON "notifications"
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
CREATE TRIGGER notifications_are_emptied AFTER TRUNCATE ON "notifications"
  FOR EACH STATEMENT EXECUTE FUNCTION count_rows();

-- The triggers keep writers away until this transaction ends, so nothing is counted twice or missed.
INSERT INTO row_counts (relation, delta) SELECT 'submissions', count(*) FROM submissions;
INSERT INTO row_counts (relation, delta) SELECT 'notifications', count(*) FROM notifications;
