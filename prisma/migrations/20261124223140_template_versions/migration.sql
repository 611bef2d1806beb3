-- CreateTable
CREATE TABLE "template_versions" (
    "version" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "source" JSONB NOT NULL,
    "first_seen" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "template_versions_pkey" PRIMARY KEY ("version")
);

-- CreateIndex
CREATE INDEX "template_versions_template_language_first_seen_idx" ON "template_versions"("template", "language", "first_seen");
