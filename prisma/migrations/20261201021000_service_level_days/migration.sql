-- CreateTable
CREATE TABLE "service_level_days" (
    "day" DATE NOT NULL,
    "counted_at" TIMESTAMPTZ(3),
    "final_at" TIMESTAMPTZ(3),
    "mails" INTEGER NOT NULL DEFAULT 0,
    "arrived" INTEGER NOT NULL DEFAULT 0,
    "taken" INTEGER NOT NULL DEFAULT 0,
    "superseded" INTEGER NOT NULL DEFAULT 0,
    "bounced" INTEGER NOT NULL DEFAULT 0,
    "unknown" INTEGER NOT NULL DEFAULT 0,
    "waiting" INTEGER NOT NULL DEFAULT 0,
    "untold" INTEGER NOT NULL DEFAULT 0,
    "listed" INTEGER NOT NULL DEFAULT 0,
    "ordered" INTEGER NOT NULL DEFAULT 0,
    "owed" INTEGER NOT NULL DEFAULT 0,
    "in_time" INTEGER NOT NULL DEFAULT 0,
    "asked_again" INTEGER NOT NULL DEFAULT 0,
    "within_ms" INTEGER NOT NULL DEFAULT 0,
    "waits" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
    "lease_token" UUID,
    "lease_until" TIMESTAMPTZ(3),

    CONSTRAINT "service_level_days_pkey" PRIMARY KEY ("day")
);
