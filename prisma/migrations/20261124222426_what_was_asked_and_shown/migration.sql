-- AlterTable
ALTER TABLE "deliveries" ADD COLUMN     "values" TEXT;

-- AlterTable
ALTER TABLE "notifications" ADD COLUMN     "is_asked" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "earlier_sources" TEXT[] DEFAULT ARRAY[]::TEXT[];
