-- AlterTable
ALTER TABLE "notifications" ADD COLUMN     "fell_back_at" TIMESTAMPTZ(3),
ADD COLUMN     "to_account" BOOLEAN NOT NULL DEFAULT false;
