-- Bounces and complaints in the order in which they came: the guard of a lane counts the last of them. Built beside the service.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "mail_receipts_returned_idx" ON "mail_receipts" ("recorded_at") WHERE "kind" IN ('bounce', 'complaint');
