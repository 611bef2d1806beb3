import { beforeAll, expect, it } from 'vitest';
import { BatchEngine } from '#libs/notifications/index.js';
import { idsOf, manyFailed } from '../support/batch.lists.js';
import { aList, batchNow, move, settleMails } from '../support/batches.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('batch-waits', { worker: false });
});

const look = () => stack.app.get(BatchEngine).work(new AbortController().signal);

it('a batch that waits for its last mails is not written again at each look, and is finished when they are settled', async () => {
  const list = [...idsOf(await manyFailed(stack, 3)), 'none', ''].join('\n');
  const id = await aList(stack, list, {});
  await look();
  await move(stack, id, 'start-batch');
  await stack.sql('CREATE SEQUENCE writes');
  await stack.sql(
    `CREATE FUNCTION written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('writes'); RETURN NEW; END $$`,
  );
  await stack.sql(
    'CREATE TRIGGER written BEFORE UPDATE OF applied_to ON batches FOR EACH ROW EXECUTE FUNCTION written()',
  );
  const writes = async () =>
    (await stack.sql<{ n: string }>(`SELECT last_value AS n FROM writes WHERE is_called`))[0]?.n;
  await look();
  await look();
  expect(await batchNow(stack, id)).toMatchObject({ state: 'running', applied: 3 });
  const before = await writes();
  for (let looks = 0; looks < 3; looks += 1) await look();
  expect(await writes()).toBe(before);
  await settleMails(stack, id);
  await look();
  expect(await batchNow(stack, id)).toMatchObject({ state: 'finished', applied: 3 });
});
