-- By which of two relays mails go. Workers without a second relay, and those of an older release, know nothing of it.
CREATE TABLE "relay_use" (
    "id" SMALLINT NOT NULL,
    "first" TEXT NOT NULL,
    "second" TEXT NOT NULL,
    "on_second" BOOLEAN NOT NULL DEFAULT false,
    "since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "first_ill_since" TIMESTAMPTZ(3),
    "second_ill_since" TIMESTAMPTZ(3),
    "next_trial_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "trial_of" UUID,
    "trial_attempt" INTEGER,
    "trials_taken" INTEGER NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "relay_use_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "relay_use_one_row" CHECK ("id" = 1)
);
