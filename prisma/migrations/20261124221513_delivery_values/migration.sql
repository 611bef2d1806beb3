-- AlterTable
ALTER TABLE "deliveries" ADD COLUMN     "values" TEXT;
