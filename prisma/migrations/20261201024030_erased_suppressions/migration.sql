-- AlterTable
ALTER TABLE "suppressions" ALTER COLUMN "address_hash" DROP NOT NULL;
