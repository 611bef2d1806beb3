-- AlterTable
ALTER TABLE "audit_trail" ADD COLUMN     "source" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "audit_trail_source_key" ON "audit_trail"("source");
