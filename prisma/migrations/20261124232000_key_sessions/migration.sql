-- CreateTable
CREATE TABLE "key_sessions" (
    "id" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "key_sessions_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "key_sessions_expires_at_idx" ON "key_sessions"("expires_at");
