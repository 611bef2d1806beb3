-- AlterTable
ALTER TABLE "submissions" ADD COLUMN     "backup_id_repeated" BOOLEAN NOT NULL DEFAULT false;
