-- When the upstream is asked next what the authority made of a submission. All of them begin due: whoever asks finds out which are decided.
ALTER TABLE "submissions" ADD COLUMN "ask_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP;

-- Whoever has no id of the authority yet cannot be asked about.
CREATE INDEX "submissions_ask_at_idx" ON "submissions" ("ask_at", "submission_id") WHERE "ask_at" IS NOT NULL AND "submission_id" IS NOT NULL;
