-- What the relay did last, and since when, however many conversations there were. Built beside the service: conversations end meanwhile.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "deliveries_outcome_settled_at_idx" ON "deliveries"("outcome", "settled_at") WHERE "outcome" IS NOT NULL;
