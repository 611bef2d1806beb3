-- AlterTable
ALTER TABLE "notifications" ADD COLUMN     "is_forced" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "pauses" (
    "template" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "pauses_pkey" PRIMARY KEY ("template")
);
