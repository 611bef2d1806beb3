ALTER TABLE "notifications" ADD COLUMN "overruled" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- What was overruled by name before was sent whatever spoke against it: those that have not been sent yet go on so.
UPDATE "notifications" SET "overruled" = '{superseded,too-late,suppressed}' WHERE "is_forced" AND "state" IN ('queued', 'sending');
