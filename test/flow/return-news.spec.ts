import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReturnChanges, ReturnNews } from '#libs/notifications/index.js';
import type { ReturnChange } from '#libs/notifications/index.js';
import { PrismaService } from '#libs/platform/index.js';
import type { ApiProcess } from '../support/api.process.js';
import { eventually } from '../support/eventually.js';
import { aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let other: ApiProcess;
/** What is heard, since the beginning of the test. */
let heard: ReturnChange[];
let missed: number;

beforeAll(async () => {
  stack = await Stack.start('return-news', { worker: false });
  stack.app.get(ReturnNews).read({
    changed: (changes) => void heard.push(...changes),
    missed: () => (missed += 1),
  });
  [heard, missed] = [[], 0];
  await eventually(() => missed === 1, {
    because: 'the first connection, which says that it heard nothing before',
  });
  other = await stack.startApi().ready();
});
beforeEach(() => {
  [heard, missed] = [[], 0];
});

describe('what a process has committed', () => {
  it('is heard in another one, with the revision that it has now', async () => {
    const owner = await aReturn(stack);
    const { taxReturnId, submissionId } = owner;
    await other.call('POST', '/v1/submission-status', { taxReturnId, submissionId, status: 'accepted' });
    const [row] = await stack.sql<{ revision: string }>('SELECT revision FROM tax_returns WHERE id = $1', [
      taxReturnId,
    ]);
    const isHeard = () =>
      heard.some((one) => one.taxReturnId === taxReturnId && one.revision === row?.revision);
    await eventually(isHeard, { because: 'the revision of the acceptance' });
  });

  it('is heard however much it is, each return by its highest revision', async () => {
    const ids = Array.from({ length: 1_000 }, (): string => randomUUID());
    const changesTo = (revision: string) => ids.map((taxReturnId) => ({ taxReturnId, revision }));
    await told(changesTo('10'), changesTo('9'));
    const heardOfThem = () => heard.filter(({ taxReturnId }) => ids.includes(taxReturnId));
    await eventually(() => heardOfThem().length >= 1_000, { because: 'all of them' });
    expect(heardOfThem()).toEqual(changesTo('10'));
  });

  it('is told as “many” where it is more than anybody would read', async () => {
    await told(Array.from({ length: 20_001 }, () => ({ taxReturnId: randomUUID(), revision: '1' })));
    await eventually(() => missed === 1, { because: 'that there was too much to tell' });
    expect(heard).toEqual([]);
  });
});

it('whoever listens is told that something may have been missed, when the connection was lost', async () => {
  await stack.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'return-receipt changes'`,
  );
  await eventually(() => missed === 1, { because: 'the connection that was made again' });
  const { taxReturnId } = await aReturn(stack);
  await eventually(() => heard.some((one) => one.taxReturnId === taxReturnId), { because: 'news on it' });
});

it('what anybody else says on the channel is not taken for news', async () => {
  const stranger = randomUUID();
  for (const payload of ['', 'hello', '1:2', stranger, `${stranger}:x`])
    await stack.sql(`SELECT pg_notify('return_changes', $1)`, [payload]);
  const { taxReturnId } = await aReturn(stack);
  await eventually(() => heard.some((one) => one.taxReturnId === taxReturnId), {
    because: 'what is said after it',
  });
  expect([missed, heard.some((one) => one.taxReturnId === stranger)]).toEqual([0, false]);
});

/** As a writer tells of it, at once. */
async function told(...changes: ReturnChange[][]): Promise<void> {
  const all = stack.app.get(ReturnChanges);
  await stack.app
    .get(PrismaService)
    .retrying((tx) => Promise.resolve(changes.forEach((some) => all.raised(tx, some))));
}
