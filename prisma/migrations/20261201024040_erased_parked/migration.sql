-- AlterTable
ALTER TABLE "quarantine" ALTER COLUMN "body" DROP NOT NULL;
