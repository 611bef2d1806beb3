-- AlterTable
ALTER TABLE "batches" ADD COLUMN     "ordered" JSONB;
