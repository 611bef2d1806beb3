-- Nothing is rewritten, and a release before this one runs on beside it. One table in each migration: nobody waits in a circle.
-- AlterTable
ALTER TABLE "tax_returns" ADD COLUMN     "erased_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "erasures" (
    "tax_return_id" UUID NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "erasures_pkey" PRIMARY KEY ("tax_return_id")
);

-- What Prisma has no words for: erasures that have not ended.
CREATE INDEX "erasures_under_way_idx" ON "erasures"("asked_at") WHERE "ended_at" IS NULL;
