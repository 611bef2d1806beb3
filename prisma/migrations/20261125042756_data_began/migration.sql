ALTER TABLE "deliveries" ADD COLUMN "data_began_at" TIMESTAMPTZ(3);

-- Conversations of workers that cannot say when the body went out: it may have, whether they run now or after this.
UPDATE "deliveries" SET "data_began_at" = "opened_at" WHERE "outcome" IS NULL;
ALTER TABLE "deliveries" ALTER COLUMN "data_began_at" SET DEFAULT CURRENT_TIMESTAMP;
