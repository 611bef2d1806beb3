-- CreateTable
CREATE TABLE "idempotent_calls" (
    "id" TEXT NOT NULL,
    "body_hash" TEXT NOT NULL,
    "token" UUID NOT NULL,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "begun_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" INTEGER,
    "answer" TEXT,

    CONSTRAINT "idempotent_calls_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "idempotent_calls_begun_at_idx" ON "idempotent_calls"("begun_at");
