-- AlterEnum
ALTER TYPE "receipt_kind" ADD VALUE 'notice';

-- AlterTable
ALTER TABLE "mail_receipts" ADD COLUMN     "by_words" BOOLEAN NOT NULL DEFAULT false;
