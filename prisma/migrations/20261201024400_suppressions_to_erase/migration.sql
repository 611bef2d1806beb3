-- Suppressions that still name an address, by when they end. Built beside the service.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "suppressions_to_erase_idx" ON "suppressions"("expires_at", "id") WHERE "address_hash" IS NOT NULL;
