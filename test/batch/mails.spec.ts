import { beforeAll, describe, expect, it } from 'vitest';
import { BECAME } from '#libs/notifications/index.js';
import type { Became } from '#libs/notifications/index.js';
import { aBatch, aFailed, move, seenBatch } from '../support/batches.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { Visitor } from '../support/visitor.js';

/** Returns by what becomes of their mails. */
const made: Record<Became, string[]> = { told: [], waiting: [], failed: [], uncertain: [] };
let stack: Stack;
let id: string;
let ada: Visitor;
beforeAll(async () => {
  stack = await Stack.start('batch-mails');
  ada = await Visitor.named(stack, 'Ada', ['read', 'operate']);
  for (const became of [...BECAME, 'failed', 'told', 'told'] as const) {
    const { email, taxReturnId } = await aFailed(stack);
    made[became].push(taxReturnId);
    if (became === 'failed') stack.mailbox.answer({ at: 'rcpt', to: email, code: 550 });
    if (became === 'waiting') stack.mailbox.answer({ at: 'rcpt', to: email, code: 451 });
    if (became === 'uncertain') stack.mailbox.drop({ at: 'after-data', to: email, keep: true });
  }
  // Of another batch: none of these lists has it.
  const other = await aBatch(stack, (await aFailed(stack)).taxReturnId);
  await move(stack, other.id, 'start-batch');
  id = (await aBatch(stack, Object.values(made).flat().join('\n'))).id;
  await move(stack, id, 'start-batch');
  await seenBatch(
    stack,
    id,
    ({ counts: { told, failed, uncertain } }) => told + failed + uncertain === 6,
    'what becomes of its mails',
  );
});

describe.each(BECAME)('the mails of a batch that are counted as %s', (became) => {
  it('stand behind their number on its page', async () => {
    const address = `/ops/batches/${id}/mails?became=${became}`;
    const { body: page } = await ada.look(`/ops/batches/${id}`);
    const many = made[became].length;
    expect(page).toMatch(new RegExp(`<a href="${address.replace('?', '\\?')}"><strong>${many}</strong>`));
    const { body } = await ada.look(address);
    expect(body).toMatch(new RegExp(`<h1>${many} mails? `));
    const listed = [...body.matchAll(/href="\/ops\/tax-returns\/([^"]+)"/g)].map(([, one]) => one);
    expect(listed.sort()).toEqual(made[became].toSorted());
    const [, csv = ''] = /href="(\/v1\/notifications\.csv[^"]*)"/.exec(body) ?? [];
    const lines = (await ada.look(csv.replaceAll('&amp;', '&').replaceAll('&#38;', '&'))).body;
    expect(lines.trimEnd().split('\r\n')).toHaveLength(many + 1);
  });

  it('are found over HTTP, page by page, and at the terminal', async () => {
    const found: string[] = [];
    let next: string | null = `/v1/notifications?batchId=${id}&became=${became}&limit=1`;
    while (next) {
      const { body }: { body: { items: { taxReturnId: string }[]; next: string | null } } = await stack.api(
        'GET',
        next,
      );
      found.push(...body.items.map(({ taxReturnId }) => taxReturnId));
      next = body.next;
    }
    expect(found.toSorted()).toEqual(made[became].toSorted());
    const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
    const args = ['list', 'mails', '--batch', id, '--became', became];
    const { stdout } = await receipt(args, { DATABASE_URL, ENCRYPTION_KEYS });
    for (const one of found) expect(stdout).toContain(one);
    expect(stdout.trimEnd().split('\n')).toHaveLength(found.length + 1);
  });
});

it('what nobody counts is no list', async () => {
  expect((await ada.look(`/ops/batches/${id}/mails`)).status).toBe(422);
  expect((await stack.api('GET', `/v1/notifications?batchId=${id}&became=lost`)).status).toBe(422);
});
