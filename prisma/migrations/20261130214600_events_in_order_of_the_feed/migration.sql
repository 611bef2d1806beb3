-- The order in which the feed of events is read. Built beside the service.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "submission_events_xid_sequence_idx" ON "submission_events" ("xid", "sequence");
