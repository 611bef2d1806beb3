-- CreateEnum
CREATE TYPE "receipt_kind" AS ENUM ('delivery', 'bounce', 'complaint');

-- CreateEnum
CREATE TYPE "bounce_type" AS ENUM ('hard', 'soft');

-- AlterTable
ALTER TABLE "deliveries" ADD COLUMN     "address_hash" TEXT;

-- AlterTable
ALTER TABLE "notifications" ADD COLUMN     "bounce_reason" TEXT,
ADD COLUMN     "bounced_at" TIMESTAMPTZ(3),
ADD COLUMN     "delivered_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "quarantine" ADD COLUMN     "notification_id" UUID;

-- CreateTable
CREATE TABLE "mail_receipts" (
    "id" TEXT NOT NULL,
    "notification_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "kind" "receipt_kind" NOT NULL,
    "bounce_type" "bounce_type",
    "reason" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "diagnostic" TEXT,
    "address_hash" TEXT,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mail_receipts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "suppressions" (
    "id" UUID NOT NULL,
    "address_hash" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "notification_id" UUID NOT NULL,
    "tax_return_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "lifted_at" TIMESTAMPTZ(3),

    CONSTRAINT "suppressions_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "mail_receipts_notification_id_idx" ON "mail_receipts"("notification_id");

-- CreateIndex
CREATE INDEX "mail_receipts_address_hash_occurred_at_idx" ON "mail_receipts"("address_hash", "occurred_at");

-- CreateIndex
CREATE INDEX "suppressions_address_hash_idx" ON "suppressions"("address_hash");

-- CreateIndex
CREATE INDEX "suppressions_tax_return_id_idx" ON "suppressions"("tax_return_id");

-- CreateIndex
CREATE INDEX "suppressions_created_at_id_idx" ON "suppressions"("created_at", "id");

-- Append-only, as the audit trail: what a receipt means may be thought over, what it said may not.
CREATE TRIGGER mail_receipts_is_append_only BEFORE UPDATE OR DELETE ON "mail_receipts"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER mail_receipts_is_never_emptied BEFORE TRUNCATE ON "mail_receipts"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
