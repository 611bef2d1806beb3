import { beforeAll, expect, it, vi } from 'vitest';
import { BatchEngine, BatchReader } from '#libs/notifications/index.js';
import { idsOf, manyFailed } from '../support/batch.lists.js';
import { aList, move, workedHere } from '../support/batches.js';
import { eventually } from '../support/eventually.js';
import { breaking, mended } from '../support/refusing.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

/** As a line of its own, beside what is logged. */
const WHY = /^It does not go on just now\. The log of a worker says why\..*$/gm;

let stack: Stack;
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('terminal-trouble', { worker: false });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS };
});

/** Our own id of a submission that failed. */
async function lost(): Promise<string> {
  const [row] = await stack.sql<{ id: string }>('SELECT id FROM submissions WHERE tax_return_id = ANY($1)', [
    idsOf(await manyFailed(stack, 1)),
  ]);
  return row?.id ?? '';
}

it('a terminal that works on a list says once why it does not go on while the work fails, and goes on', async () => {
  await stack.sql('CREATE SEQUENCE tries');
  // The first two tries fail for no fault of the list.
  await breaking(stack, 'remediations', `nextval('tries') <= 2`, 'P0001');
  const call = ['remediate', 'from-list', '-', '--context', 'c', '--evidence', 'e', '--as', 'Ada'];
  const { code, stderr } = await receipt(call, settings, await lost());
  await mended(stack, 'remediations');
  expect(stderr.match(WHY)).toHaveLength(1);
  expect(code).toBe(0);
});

it('a terminal that watches a batch says why the work on it fails, and nothing of a worker that does not run', async () => {
  const ordered = { context: 'c', evidence: 'e' };
  const id = await aList(stack, await lost(), { action: 'remediate', ordered });
  await workedHere(stack, id);
  await move(stack, id, 'start-batch');
  await breaking(stack, 'remediations', 'true', 'P0001');
  await stack.app.get(BatchEngine).work(new AbortController().signal);
  const looks = vi.spyOn(BatchReader.prototype, 'find');
  const watching = receipt(['batch', 'watch', id], settings);
  await eventually(() => (looks.mock.calls.length > 2 ? true : undefined), { because: 'a second look' });
  await mended(stack, 'remediations');
  await workedHere(stack, id);
  const { code, stderr } = await watching;
  expect(stderr.match(WHY)).toHaveLength(1);
  expect(code).toBe(0);
});
