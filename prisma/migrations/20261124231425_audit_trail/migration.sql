-- CreateTable
CREATE TABLE "audit_trail" (
    "sequence" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_trail_pkey" PRIMARY KEY ("sequence")
);

-- CreateIndex
CREATE INDEX "audit_trail_kind_target_sequence_idx" ON "audit_trail"("kind", "target", "sequence");

-- CreateIndex
CREATE INDEX "audit_trail_at_idx" ON "audit_trail"("at");

-- Append-only: the trail is evidence, also against ourselves.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_trail_is_append_only BEFORE UPDATE OR DELETE ON "audit_trail"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_trail_is_never_emptied BEFORE TRUNCATE ON "audit_trail"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
