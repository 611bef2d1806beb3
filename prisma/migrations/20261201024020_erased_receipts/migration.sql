-- What a receipt said stays, but for what may name somebody: that may be taken out, and nothing be put in its place.
CREATE FUNCTION refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.address_hash IS NULL AND NEW.diagnostic IS NULL
    AND to_jsonb(NEW) - '{address_hash,diagnostic}'::text[] = to_jsonb(OLD) - '{address_hash,diagnostic}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER mail_receipts_is_append_only ON "mail_receipts";
CREATE TRIGGER mail_receipts_is_append_only BEFORE DELETE ON "mail_receipts"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER mail_receipts_are_only_erased BEFORE UPDATE ON "mail_receipts"
  FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure();
