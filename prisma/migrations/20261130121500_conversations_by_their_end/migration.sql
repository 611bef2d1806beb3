-- What the relay did last, and since when, however many conversations there were. Seconds for each million of them, in which none ends.
CREATE INDEX "deliveries_outcome_settled_at_idx" ON "deliveries"("outcome", "settled_at") WHERE "outcome" IS NOT NULL;
