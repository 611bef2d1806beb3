-- CreateIndex
CREATE INDEX "notifications_bounced_at_idx" ON "notifications"("bounced_at");
