-- The same of returns. Built beside the service.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "tax_returns_to_erase_idx" ON "tax_returns"("registered_at", "id") WHERE "erased_at" IS NULL;
