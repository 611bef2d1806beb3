-- CreateTable
CREATE TABLE "batches" (
    "id" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "topic" TEXT,
    "incident" TEXT,
    "state" TEXT NOT NULL DEFAULT 'validating',
    "reason" TEXT,
    "detail" TEXT,
    "origin" TEXT NOT NULL,
    "name" TEXT,
    "version" TEXT,
    "filter" JSONB,
    "column" TEXT,
    "source" TEXT,
    "content_hash" TEXT,
    "campaign" TEXT,
    "same_as" UUID,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "checked_to" INTEGER NOT NULL DEFAULT 0,
    "applied_to" INTEGER NOT NULL DEFAULT 0,
    "rate" INTEGER,
    "starts_itself" BOOLEAN NOT NULL DEFAULT false,
    "made_by" TEXT NOT NULL,
    "approved_by" TEXT,
    "made_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "loaded_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "resumed_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "lease_token" UUID,
    "lease_until" TIMESTAMPTZ(3),

    CONSTRAINT "batches_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch_rows" (
    "batch_id" UUID NOT NULL,
    "row" INTEGER NOT NULL,
    "subject" TEXT NOT NULL,
    "receipt_id" TEXT,
    "tax_return_id" UUID,
    "person" TEXT,
    "outcome" TEXT,
    "reason" TEXT,
    "notification_id" UUID,

    CONSTRAINT "batch_rows_pkey" PRIMARY KEY ("batch_id","row")
);

-- CreateIndex
CREATE UNIQUE INDEX "batches_source_key" ON "batches"("source");

-- CreateIndex
CREATE INDEX "batches_made_at_id_idx" ON "batches"("made_at", "id");

-- CreateIndex
CREATE INDEX "batch_rows_subject_batch_id_idx" ON "batch_rows"("subject", "batch_id");

-- AddForeignKey
ALTER TABLE "batch_rows" ADD CONSTRAINT "batch_rows_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batches"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma has no words for: what somebody has to work on, what ran by its content (once), and the persons of a batch.
CREATE INDEX "batches_to_work_on_idx" ON "batches"("made_at") WHERE "state" IN ('validating', 'running');
CREATE UNIQUE INDEX "batches_content_idx" ON "batches"("content_hash", "action", coalesce("topic", ''), coalesce("incident", ''))
  WHERE "content_hash" IS NOT NULL AND "state" NOT IN ('refused', 'aborted');
CREATE INDEX "batch_rows_person_idx" ON "batch_rows"("person", "batch_id") WHERE "person" IS NOT NULL;
