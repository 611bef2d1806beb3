-- When the upstream is asked next what the authority made of a submission. All of them begin due: whoever asks finds out which are decided.
ALTER TABLE "submissions" ADD COLUMN "ask_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP;
