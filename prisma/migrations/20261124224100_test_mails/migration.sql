-- CreateTable
CREATE TABLE "test_mails" (
    "id" UUID NOT NULL,
    "requested_by" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "template" TEXT NOT NULL,
    "sample" TEXT,
    "language" TEXT NOT NULL,
    "template_version" TEXT NOT NULL,
    "address_hash" TEXT NOT NULL,
    "outcome" "delivery_outcome",
    "reason" TEXT,
    "response_code" INTEGER,
    "response" TEXT,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "test_mails_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "test_mails_requested_at_idx" ON "test_mails"("requested_at");
