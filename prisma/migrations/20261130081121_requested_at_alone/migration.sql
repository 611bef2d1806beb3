-- DropIndex
DROP INDEX "notifications_requested_at_id_idx";

-- CreateIndex
CREATE INDEX "notifications_requested_at_idx" ON "notifications"("requested_at");
