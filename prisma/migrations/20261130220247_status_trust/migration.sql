-- May the answers be believed that are kept in Redis? One row, which is written only while somebody cannot reach it.
-- CreateTable
CREATE TABLE "status_trust" (
    "id" SMALLINT NOT NULL DEFAULT 1,
    "server" TEXT NOT NULL DEFAULT '',
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "away_until" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "status_trust_pkey" PRIMARY KEY ("id")
);

INSERT INTO "status_trust" DEFAULT VALUES;
