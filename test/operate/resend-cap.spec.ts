import { beforeAll, expect, it } from 'vitest';
import { ResendService } from '#libs/notifications/index.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

/** More than one part of a re-send. */
const FAILED = 201;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('resend-cap', { worker: false });
});

it('a re-send stops at its cap when more mails fail while it goes on, and says so', async () => {
  const owner = await aReturn(stack);
  await write(owner, FAILED, 'failed', '1 day');
  await write(owner, 5, 'unknown', '2 days');
  // As soon as something is sent again, they fail.
  await stack.sql(
    `CREATE FUNCTION fail_too() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN UPDATE notifications SET state = 'failed' WHERE state = 'unknown'; RETURN NULL; END $$;
     CREATE TRIGGER fail_too AFTER UPDATE ON notifications FOR EACH STATEMENT
       WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION fail_too()`,
  );
  const resent = stack.app
    .get(ResendService)
    .resend(
      { taxReturnId: owner.taxReturnId, state: 'failed' },
      { actor: 'Ana', reason: 'the relay is mended', source: 'a-test', cap: FAILED },
    );
  await expect(resent).rejects.toThrow(
    `200 mails were sent again, and with the next 6 it would be more than the cap of ${FAILED}`,
  );
  const [row] = await stack.sql(`SELECT count(*)::int AS n FROM notifications WHERE state = 'queued'`);
  expect(row).toEqual({ n: 200 });
});

async function write({ taxReturnId }: MadeReturn, count: number, state: string, ago: string): Promise<void> {
  await stack.sql(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, is_asked, requested_at)
     SELECT gen_random_uuid(), $1, 'accepted', gen_random_uuid(), 's', $3::notification_state, now(), true, now() - $4::interval
     FROM generate_series(1, $2)`,
    [taxReturnId, count, state, ago],
  );
}
