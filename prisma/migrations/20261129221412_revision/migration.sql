-- AlterTable
ALTER TABLE "tax_returns" ADD COLUMN     "revision" BIGINT NOT NULL DEFAULT 0;
