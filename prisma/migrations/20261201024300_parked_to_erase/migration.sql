-- Messages that have found their way, and are there still. Built beside the service.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "quarantine_to_erase_idx" ON "quarantine"("resolved_at", "id") WHERE "resolved_at" IS NOT NULL AND "body" IS NOT NULL;
