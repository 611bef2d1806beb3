-- A pause may be a guard's: which one, and how many it had counted.
ALTER TABLE "pauses" ADD COLUMN     "counted" INTEGER,
ADD COLUMN     "guard" TEXT;

-- CreateTable
CREATE TABLE "resumes" (
    "target" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "counted" INTEGER,

    CONSTRAINT "resumes_pkey" PRIMARY KEY ("target")
);

-- CreateTable
CREATE TABLE "mail_minutes" (
    "minute" TIMESTAMPTZ(3) NOT NULL,
    "template" TEXT NOT NULL,
    "mails" INTEGER NOT NULL,
    "is_unusual" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "mail_minutes_pkey" PRIMARY KEY ("minute","template")
);

-- What is usual is known from the first moment. Releases of before do not count; their mails of the time between are not among them.
INSERT INTO "mail_minutes" ("minute", "template", "mails")
SELECT date_trunc('minute', n."requested_at"), n."template", count(*)
FROM "notifications" n
WHERE n."requested_at" > now() - interval '28 days' AND n."attempt" > 0 AND n."occurrence" !~ '\.resend-[0-9]+$'
  AND NOT EXISTS (SELECT FROM "batches" b WHERE b."id" = n."batch_id")
GROUP BY 1, 2;
