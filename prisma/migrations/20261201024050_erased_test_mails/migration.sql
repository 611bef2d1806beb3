-- AlterTable
ALTER TABLE "test_mails" ALTER COLUMN "address_hash" DROP NOT NULL;
