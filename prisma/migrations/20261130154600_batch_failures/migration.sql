-- AlterTable
ALTER TABLE "batches" ADD COLUMN     "failures" INTEGER NOT NULL DEFAULT 0;
