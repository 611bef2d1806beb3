import type { Stack } from './stack.js';

/** From now on Postgres refuses to write such rows, as `NEW` has them. @param state its own code of the error. */
export async function breaking(
  stack: Pick<Stack, 'sql'>,
  table: string,
  when: string,
  state: string,
): Promise<void> {
  await stack.sql(
    `CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN IF ${when} THEN RAISE EXCEPTION 'as the test asked' USING ERRCODE = '${state}'; END IF; RETURN NEW; END $$`,
  );
  await stack.sql(
    `CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION broken()`,
  );
}

export async function mended(stack: Pick<Stack, 'sql'>, table: string): Promise<void> {
  await stack.sql(`DROP TRIGGER broken ON ${table}`);
}
