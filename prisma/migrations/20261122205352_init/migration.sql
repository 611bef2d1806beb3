-- CreateEnum
CREATE TYPE "submission_event_type" AS ENUM ('processing', 'submitted', 'error_xml', 'error_mef', 'accepted', 'rejected', 'error_resolved', 'reminder_submit', 'reminder_resubmit', 'reminder_state');

-- CreateEnum
CREATE TYPE "notification_state" AS ENUM ('queued', 'sending', 'handed_over', 'unknown', 'failed', 'withheld', 'no_address');

-- CreateEnum
CREATE TYPE "delivery_outcome" AS ENUM ('accepted', 'deferred', 'refused', 'unknown');

-- CreateEnum
CREATE TYPE "quarantine_kind" AS ENUM ('unreadable', 'refused', 'unmatched');

-- CreateTable
CREATE TABLE "tax_returns" (
    "id" UUID NOT NULL,
    "user_id" TEXT,
    "email" TEXT,
    "account_email" TEXT,
    "language" TEXT,
    "tax_year" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "registered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tax_returns_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "submissions" (
    "id" UUID NOT NULL,
    "tax_return_id" UUID NOT NULL,
    "key" TEXT,
    "submission_id" TEXT,
    "receipt_id" TEXT,
    "submission_received_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "submissions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "submission_events" (
    "sequence" BIGSERIAL NOT NULL,
    "submission_uuid" UUID NOT NULL,
    "type" "submission_event_type" NOT NULL,
    "occurrence" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "failure_category" TEXT,
    "failure_detail" TEXT,
    "failure_message" TEXT,
    "incident" TEXT,

    CONSTRAINT "submission_events_pkey" PRIMARY KEY ("sequence")
);

-- CreateTable
CREATE TABLE "rejection_codes" (
    "submission_id" TEXT NOT NULL,
    "codes" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rejection_codes_pkey" PRIMARY KEY ("submission_id")
);

-- CreateTable
CREATE TABLE "notifications" (
    "id" UUID NOT NULL,
    "tax_return_id" UUID NOT NULL,
    "template" TEXT NOT NULL,
    "occurrence" TEXT NOT NULL,
    "stage" TEXT,
    "submission_uuid" UUID,
    "submission_id" TEXT,
    "user_id" TEXT,
    "language" TEXT,
    "address" TEXT,
    "context" TEXT,
    "not_after" TIMESTAMPTZ(3),
    "incident" TEXT,
    "source" TEXT NOT NULL,
    "state" "notification_state" NOT NULL DEFAULT 'queued',
    "reason" TEXT,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ(3),
    "tried_before" INTEGER NOT NULL DEFAULT 0,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "notifications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "notification_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "outcome" "delivery_outcome",
    "reason" TEXT,
    "response_code" INTEGER,
    "response" TEXT,
    "relay" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "template_version" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("notification_id","attempt")
);

-- CreateTable
CREATE TABLE "quarantine" (
    "id" UUID NOT NULL,
    "kind" "quarantine_kind" NOT NULL,
    "queue" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "tax_return_id" UUID,
    "submission_id" TEXT,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "replays" INTEGER NOT NULL DEFAULT 0,
    "resolved_at" TIMESTAMPTZ(3),
    "resolution" TEXT,

    CONSTRAINT "quarantine_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "submissions_submission_id_key" ON "submissions"("submission_id");

-- CreateIndex
CREATE INDEX "submissions_tax_return_id_created_at_id_idx" ON "submissions"("tax_return_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "submissions_tax_return_id_key_key" ON "submissions"("tax_return_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "submission_events_source_key" ON "submission_events"("source");

-- CreateIndex
CREATE UNIQUE INDEX "submission_events_submission_uuid_type_occurrence_key" ON "submission_events"("submission_uuid", "type", "occurrence");

-- CreateIndex
CREATE INDEX "notifications_state_due_at_idx" ON "notifications"("state", "due_at");

-- CreateIndex
CREATE INDEX "notifications_requested_at_id_idx" ON "notifications"("requested_at", "id");

-- CreateIndex
CREATE INDEX "notifications_source_idx" ON "notifications"("source");

-- CreateIndex
CREATE UNIQUE INDEX "notifications_tax_return_id_template_occurrence_key" ON "notifications"("tax_return_id", "template", "occurrence");

-- CreateIndex
CREATE UNIQUE INDEX "quarantine_source_key" ON "quarantine"("source");

-- CreateIndex
CREATE INDEX "quarantine_resolved_at_received_at_id_idx" ON "quarantine"("resolved_at", "received_at", "id");

-- CreateIndex
CREATE INDEX "quarantine_submission_id_idx" ON "quarantine"("submission_id");

-- CreateIndex
CREATE INDEX "quarantine_tax_return_id_idx" ON "quarantine"("tax_return_id");

-- AddForeignKey
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_tax_return_id_fkey" FOREIGN KEY ("tax_return_id") REFERENCES "tax_returns"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "submission_events" ADD CONSTRAINT "submission_events_submission_uuid_fkey" FOREIGN KEY ("submission_uuid") REFERENCES "submissions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_notification_id_fkey" FOREIGN KEY ("notification_id") REFERENCES "notifications"("id") ON DELETE CASCADE ON UPDATE CASCADE;
