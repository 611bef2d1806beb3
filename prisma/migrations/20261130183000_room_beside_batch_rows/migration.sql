-- Every row is written, then written again when it is looked at, and again when it is run. With room on its page the new version stays
-- there, and no index learns of it.
ALTER TABLE "batch_rows" SET (fillfactor = 40);
