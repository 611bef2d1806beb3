import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PauseService } from '#libs/notifications/index.js';
import { trailOf } from '../operate/mails.js';
import { BatchCaller } from '../support/batch.calls.js';
import { aFailed, finishedBatch, MADE_BY, seenBatch } from '../support/batches.js';
import { aName } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { textOf, Visitor } from '../support/visitor.js';

const ASK = ['--action', 'error-resolved', '--incident', 'INC-4711'];
const WHY = { reason: 'because of ticket 8812' };

it('a batch goes from hand to hand: Ana brings it at the terminal, Ben approves it on its page, Cora pauses it, sees it and ends it, and everyone hears once', async () => {
  // Two mails at a time on their way: while mails wait, a batch stands still after its second row.
  const settings = { BATCH_APPROVAL_ABOVE: '4', BATCH_ON_THE_WAY: '2' };
  const stack = await Stack.start('batch-hand-over', { settings });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  const terminal = (name: string, ...args: string[]) =>
    receipt(['batch', ...args, '--as', name, '--reason', WHY.reason], { DATABASE_URL, ENCRYPTION_KEYS });
  const looks = (...args: string[]) => receipt(['batch', ...args], { DATABASE_URL, ENCRYPTION_KEYS });
  const browser = (name: string) => Visitor.named(stack, name, ['read', 'operate', 'mails']);
  const [ana, ben, cora] = [await browser('Ana'), await browser('Ben'), await browser('Cora')];
  const pauses = stack.app.get(PauseService);

  const failed: MadeReturn[] = [];
  while (failed.length < 5) failed.push(await aFailed(stack));
  const ids = failed.map(({ taxReturnId }) => taxReturnId);
  const stranger = aName().taxReturnId;
  const folder = mkdtempSync(join(runFolder(), 'lists-'));
  const file = join(folder, 'affected.csv');
  writeFileSync(file, ['tax return id', ...ids, stranger, '=cmd|calc'].join('\n'));

  // Ana: first the report alone, then the batch, which she can neither start nor approve.
  const dry = await looks(file, ...ASK, '--dry-run');
  expect(dry).toMatchObject({ code: 0, stderr: expect.stringContaining('Nothing was done') });
  const brought = await terminal('Ana', file, ...ASK);
  const [, id = ''] = /^Batch (\S+):/m.exec(brought.stdout) ?? [];
  expect(brought.stdout).toMatch(/^5 +will be run\n1 +holds no id .+\n1 +names nobody/m);
  expect(brought.stdout).toMatch(new RegExp(`^7 +nobody .+${stranger}\n8 +no id .+=cmd\\|calc$`, 'm'));
  expect(brought.stdout).toContain(`receipt batch approve ${id} --reason`);
  expect(await terminal('Ana', 'start', id)).toMatchObject({ code: 1, stderr: expect.stringContaining('awaiting approval') }); // prettier-ignore
  expect(await terminal('Ana', 'approve', id)).toMatchObject({ code: 1, stderr: expect.stringContaining('Another person') }); // prettier-ignore

  // Ben: it is the first thing that he sees; he looks at the report and at three mails, approves and starts it.
  const page = `/ops/batches/${id}`;
  expect(await ben.read('/ops')).toContain('1 batch waiting for an approval');
  expect((await ben.look('/ops')).body).toContain(`href="${page}"`);
  const shown = (await ben.look(page)).body;
  expect(textOf(shown)).toContain('5 will be run');
  expect(shown.indexOf('/samples/3')).toBeGreaterThan(0);
  expect(shown.indexOf(`${page}/approval`)).toBeGreaterThan(shown.indexOf('/samples/3'));
  for (const { email } of failed) expect(shown).not.toContain(email);
  expect((await ben.submit(page, `${page}/approval`, WHY)).status).toBe(303);
  expect(await ben.read('/ops')).not.toContain('waiting for an approval');
  await pauses.pause('error-resolved', MADE_BY);
  expect((await ben.submit(page, `${page}/moves`, WHY)).status).toBe(303);
  await seenBatch(stack, id, ({ applied }) => applied === 2, 'as many rows run as mails may be on their way');

  // Cora: finds it at the terminal, and pauses it there; a dashboard counts it over HTTP; on its page she sees who did what.
  expect((await looks('list', '--limit', '1')).stdout).toMatch(
    new RegExp(`^${id} .+ Ana +error-resolved +running +7 +2 +affected.csv$`, 'm'),
  );
  expect((await cora.submit(page, `${page}/rate`, { ...WHY, rate: '20' })).status).toBe(303);
  expect(await terminal('Cora', 'pause', id)).toMatchObject({ code: 0 });
  const counts = { applied: 2, ready: 3, waiting: 2, told: 0, unknown: 1, malformed: 1 };
  const dashboard = await BatchCaller.named(stack, 'dashboard');
  expect(await dashboard.look(id)).toMatchObject({ state: 'paused', rate: 20, counts });
  const seen = await cora.read(page);
  expect(seen).toContain('2 of 5 rows run');
  expect(seen).toContain('0 told 2 on their way 0 failed');
  expect(seen).toMatch(/Made .* by Ana .*Approved by Ben \(/);
  expect((await looks('show', id)).stdout).toMatch(/made .+ by Ana, approved by Ben/);

  // And ends it there. What is left she brings again as it is, small enough to be run at once.
  expect((await cora.submit(page, `${page}/moves`, { ...WHY, move: 'abort' })).status).toBe(303);
  expect(await ana.read(page)).toContain('ended early');
  expect(await looks('watch', id)).toMatchObject({ code: 1, stderr: expect.stringContaining('Somebody ended it') }); // prettier-ignore
  await pauses.resume('error-resolved', MADE_BY);
  const { body: left } = await cora.look(`${page}/remaining.csv`);
  expect(left.trimEnd().split('\r\n')).toEqual(['taxReturnId', ...ids.slice(2)]);
  expect(await looks('remaining', id, '--out', file)).toMatchObject({ code: 0, stdout: '' });
  expect(readFileSync(file, 'utf8')).toBe(left);
  const ran = await terminal('Cora', file, ...ASK, '--start', '--results', folder, '--json');
  const rest = JSON.parse(ran.stdout) as { id: string; state: string; counts: object };
  expect([ran.code, rest.state]).toEqual([0, 'finished']);
  expect((await finishedBatch(stack, rest.id)).counts).toMatchObject({ applied: 3, ready: 0, told: 3 });

  // The results are the same wherever they are taken, and nobody heard twice.
  expect(await looks('watch', rest.id, '--results', folder)).toMatchObject({ code: 0 });
  const results = readFileSync(join(folder, `${rest.id}.results.csv`), 'utf8');
  expect(results).toMatch(/^row,taxReturnId,outcome,reason,notificationId,standing\r\n2,.+,applied,,.+,success\r\n3,/); // prettier-ignore
  expect((await ana.look(`/ops/batches/${rest.id}/results.csv`)).body).toBe(results);
  expect((await dashboard.call<string>('GET', `/${rest.id}/results.csv`)).body).toBe(results);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  // The mails of what was run before ended with their batch: whoever was to have them is told all the same.
  expect((await looks('results', id)).stdout.match(/,applied,batch-aborted,.+,failure$/gm)).toHaveLength(2);
  const resend = ['resend', '--batch', id, '--as', 'Cora', '--reason', 'it is true'];
  expect((await receipt(resend, { DATABASE_URL, ENCRYPTION_KEYS })).code).toBe(0);
  await stack.idle();
  const resolved = stack.mailbox.mails.filter(({ subject }) => subject.startsWith('Action needed: submit'));
  const many = failed.map(({ email }) => resolved.filter(({ to }) => to.includes(email)).length);
  expect(many).toEqual([1, 1, 1, 1, 1]);
  expect((await trailOf(stack, id)).map(({ actor, action }) => `${actor.split(' ')[0]}: ${action}`)).toEqual([
    'Ana: make-batch',
    'Ben: approve-batch',
    'Ben: start-batch',
    'Cora: pace-batch',
    'Cora: pause-batch',
    'Cora: abort-batch',
  ]);
});
