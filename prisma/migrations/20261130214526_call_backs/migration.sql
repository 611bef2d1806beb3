-- What is there already takes the number of this transaction, without being written anew: the function is stable. No event that is on its
-- way is left out, since the lock waits for those that write.
ALTER TABLE "submission_events" ADD COLUMN     "xid" xid8 NOT NULL DEFAULT pg_current_xact_id();

-- CreateTable
CREATE TABLE "call_backs" (
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "kinds" TEXT[],
    "secret" TEXT NOT NULL,
    "previous_secret" TEXT,
    "previous_until" TIMESTAMPTZ(3),
    "state" TEXT NOT NULL DEFAULT 'active',
    "reason" TEXT,
    "status" INTEGER,
    "after_xid" BIGINT NOT NULL,
    "after_sequence" BIGINT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "told_at" TIMESTAMPTZ(3),
    "lease_token" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "made_by" TEXT NOT NULL,
    "made_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "call_backs_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "call_back_asides" (
    "name" TEXT NOT NULL,
    "xid" BIGINT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "tries" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "status" INTEGER,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "due_at" TIMESTAMPTZ(3),

    CONSTRAINT "call_back_asides_pkey" PRIMARY KEY ("name","sequence")
);

-- CreateIndex
CREATE INDEX "call_back_asides_name_due_at_idx" ON "call_back_asides"("name", "due_at");

-- AddForeignKey
ALTER TABLE "call_back_asides" ADD CONSTRAINT "call_back_asides_name_fkey" FOREIGN KEY ("name") REFERENCES "call_backs"("name") ON DELETE CASCADE ON UPDATE CASCADE;
