import { beforeAll, describe, expect, it } from 'vitest';
import { AuditTrail } from '#libs/notifications/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let trail: AuditTrail;
beforeAll(async () => {
  stack = await Stack.start('audit-trail', { worker: false });
  trail = stack.app.get(AuditTrail);
  await trail.record(stack.app.get(PrismaService), [
    {
      actor: 'on-call',
      action: 'note',
      kind: 'notification',
      target: 'n1',
      reason: 'asked ana@example.com, who has it',
      before: { state: 'unknown' },
      after: { state: 'handed_over' },
    },
  ]);
});

describe('the audit trail', () => {
  it('says who, when, why, before and after, without the address that somebody typed', async () => {
    expect(await trail.page({ target: 'n1', limit: 10 })).toMatchObject([
      {
        actor: 'on-call',
        reason: 'asked [address], who has it',
        before: { state: 'unknown' },
        after: { state: 'handed_over' },
      },
    ]);
  });

  it.each([
    ['changed', `UPDATE audit_trail SET reason = 'another'`],
    ['deleted', 'DELETE FROM audit_trail'],
    ['emptied', 'TRUNCATE audit_trail'],
  ])('cannot be %s: the database refuses', async (_how, sql) => {
    await expect(stack.sql(sql)).rejects.toThrow('audit_trail is append-only');
    expect(await trail.page({ limit: 10 })).toHaveLength(1);
  });
});
