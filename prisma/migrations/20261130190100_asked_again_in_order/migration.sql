-- Those to be asked about, in the order in which they are due. Whoever has no id of the authority yet cannot be. Built beside the service.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "submissions_ask_at_idx" ON "submissions" ("ask_at", "submission_id") WHERE "ask_at" IS NOT NULL AND "submission_id" IS NOT NULL;
