-- The told whose data is there still, in the order in which it goes. What was erased is not in it. Built beside the service.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "notifications_to_erase_idx" ON "notifications"("settled_at", "id") WHERE "is_told" AND "erased_at" IS NULL;
