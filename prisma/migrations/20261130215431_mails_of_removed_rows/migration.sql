-- AlterTable
ALTER TABLE "batches" ADD COLUMN     "mail_counts" JSONB;
