-- AlterTable
ALTER TABLE "notifications" ADD COLUMN     "erased_at" TIMESTAMPTZ(3);
