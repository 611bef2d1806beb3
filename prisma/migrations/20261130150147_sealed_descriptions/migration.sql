-- Rows that are there keep their descriptions in `codes` until `receipt reencrypt` seals them: the database has no key.
-- AlterTable
ALTER TABLE "rejection_codes" ADD COLUMN     "codes_hash" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "full_codes" TEXT;
