-- CreateTable
CREATE TABLE "backup_verdicts" (
    "sequence" BIGSERIAL NOT NULL,
    "submission_uuid" UUID NOT NULL,
    "status" "backup_status" NOT NULL,
    "word" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "backup_verdicts_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "poll_turns" (
    "name" TEXT NOT NULL,
    "token" UUID NOT NULL,
    "begun_at" TIMESTAMPTZ(3) NOT NULL,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "resume_after" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "poll_turns_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "backup_verdicts_submission_uuid_idx" ON "backup_verdicts"("submission_uuid");

-- AddForeignKey
ALTER TABLE "backup_verdicts" ADD CONSTRAINT "backup_verdicts_submission_uuid_fkey" FOREIGN KEY ("submission_uuid") REFERENCES "submissions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma has no words for: an index of the few that are asked about, and who refuses. A verdict goes with its submission only.
CREATE INDEX "submissions_undecided_on_backup_idx" ON "submissions"("backup_id")
  WHERE "backup_id" IS NOT NULL AND "backup_status" IS NULL AND "receipt_id" IS NULL;

CREATE TRIGGER backup_verdicts_are_not_rewritten BEFORE UPDATE ON "backup_verdicts"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
