import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { UnreachableService } from '#libs/notifications/index.js';
import { NotificationState, PrismaService, Sealer } from '#libs/platform/index.js';
import { standingOf } from '../../libs/notifications/src/standing/told.js';
import { addressHashesOf } from '../../libs/notifications/src/terms/address.hash.js';
import { aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';

let stack: Stack;
beforeAll(async () => {
  // Nobody works here: a sweep would take up what is made to look forgotten.
  stack = await Stack.start('unreachable-list', { worker: false });
});

const pageOf = async (path: string) => (await stack.api<string>('GET', path)).body;

interface Listed {
  items: { id: string }[];
  next: string | null;
}

const ADDRESSES = ['one', 'two', 'three', 'four'].map((name) => `${name}@unreachable.example`);
const address = fc.option(fc.nat({ max: ADDRESSES.length - 1 }));
const anUntold = fc.record({
  state: fc.constantFrom(...Object.values(NotificationState)),
  reason: fc.constantFrom(
    null,
    'suppressed',
    'too-old',
    'superseded-by-other-means',
    'superseded-by-acceptance',
  ),
  isOld: fc.boolean(),
  hasBounced: fc.boolean(),
  asked: address,
  registered: address,
  account: address,
  refused: address,
});
const suppressed = fc.array(
  fc.record({
    address: fc.nat({ max: ADDRESSES.length - 1 }),
    ends: fc.constantFrom('holds', 'lifted', 'expired'),
  }),
  { maxLength: 4 },
);

describe('the list', () => {
  it('is those that are untold and have no usable address, each once, page by page, whatever is on record', async () => {
    const prisma = stack.app.get(PrismaService);
    const sealer = stack.app.get(Sealer);
    const hashOf = (at: number) => addressHashesOf(sealer, ADDRESSES[at] ?? '')[0] ?? '';
    const hour = 3_600_000;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anUntold, { minLength: 1, maxLength: 30 }),
        suppressed,
        async (mails, held) => {
          await stack.sql('TRUNCATE suppressions, notifications CASCADE');
          const now = Date.now();
          const rows = mails.map((mail) => ({
            ...mail,
            id: randomUUID(),
            taxReturnId: randomUUID(),
            openedAt: new Date(now - (mail.isOld ? 1000 : 0) * hour),
            bouncedAt: mail.hasBounced ? new Date(now) : null,
          }));
          const seal = (at: number | null, row: string) =>
            at === null ? null : sealer.seal(ADDRESSES[at] ?? '', row);
          await prisma.taxReturn.createMany({
            data: rows.map(({ taxReturnId: id, registered, account }) => ({
              id,
              email: seal(registered, `tax_returns.email:${id}`),
              accountEmail: seal(account, `tax_returns.account_email:${id}`),
            })),
          });
          await prisma.notification.createMany({
            data: rows.map(({ id, taxReturnId, state, reason, openedAt, bouncedAt, asked }, place) => ({
              ...{ id, taxReturnId, state, reason, openedAt, bouncedAt },
              address: seal(asked, `notifications.address:${id}`),
              template: 'accepted',
              occurrence: 'o',
              source: 's',
              dueAt: new Date(now + hour),
              leaseUntil: new Date(now + hour),
              // Several of one instant: only their ids tell where a page ends.
              requestedAt: new Date(now - Math.floor(place / 3) * hour),
            })),
          });
          await prisma.delivery.createMany({
            data: rows.flatMap(({ id: notificationId, refused }) =>
              refused === null
                ? []
                : [
                    {
                      notificationId,
                      attempt: 1,
                      reason: 'recipient-refused',
                      addressHash: hashOf(refused),
                      relay: 'r',
                      language: 'en',
                      templateVersion: 'v',
                    },
                  ],
            ),
          });
          await prisma.suppression.createMany({
            data: held.map(({ address: at, ends }) => ({
              id: randomUUID(),
              addressHash: hashOf(at),
              reason: 'hard-bounce',
              notificationId: randomUUID(),
              taxReturnId: randomUUID(),
              expiresAt: new Date(now + (ends === 'expired' ? -hour : hour)),
              liftedAt: ends === 'lifted' ? new Date(now) : null,
            })),
          });
          const takesNothing = held.filter(({ ends }) => ends === 'holds').map((one) => one.address);
          const box = 72 * hour;
          const expected = rows.filter((row) => {
            const given = [row.asked, row.registered, row.account].filter((at) => at !== null);
            return (
              standingOf(row, new Date(now), box) === 'failure' &&
              given.every((at) => takesNothing.includes(at) || at === row.refused)
            );
          });
          const found: string[] = [];
          let path: string | null = '/v1/unreachable?limit=4';
          while (path !== null) {
            const page: Listed = (await stack.api<Listed>('GET', path)).body;
            found.push(...page.items.map(({ id }) => id));
            path = page.next;
          }
          expect([...found].sort()).toEqual(expected.map(({ id }) => id).sort());
          const count = await stack.app.get(UnreachableService).count();
          expect(count?.mails ?? 0).toBe(expected.length);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('is not said to be empty where nobody has looked at all of the untold', async () => {
    await stack.sql('TRUNCATE suppressions, notifications CASCADE');
    const [reached, unreached] = [await aReturn(stack), await aReturn(stack, { email: null })];
    await stack.sql(
      `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, due_at, requested_at)
       SELECT gen_random_uuid(), CASE WHEN n > 2000 THEN $2::uuid ELSE $1 END, 'accepted', 'o' || n, 's' || n, 'failed', now(),
              now() + n * interval '1 second' FROM generate_series(1, 2001) n`,
      [reached.taxReturnId, unreached.taxReturnId],
    );
    const service = stack.app.get(UnreachableService);
    expect(await service.count()).toEqual({ mails: 0, since: null, lookedAt: 2000, isAll: false });
    const words =
      'Of the 2,000 that have waited longest each has an address left; nobody has looked at those';
    expect(await pageOf('/ops')).toContain(words);
    expect((await receipt(['status'], stack.environment)).stdout).toContain(words);

    await stack.sql('DELETE FROM notifications WHERE tax_return_id = $1', [unreached.taxReturnId]);
    expect(await service.count()).toMatchObject({ mails: 0, isAll: false });
    await stack.sql(`DELETE FROM notifications WHERE occurrence = 'o2000'`);
    expect(await service.count()).toBeUndefined();
    expect(await pageOf('/ops')).not.toContain('without any address left');
  });

  it('looks at no more than so many of the untold for a page, which may be empty and not the last', async () => {
    await stack.sql('TRUNCATE suppressions, notifications CASCADE');
    const [reached, unreached] = [await aReturn(stack), await aReturn(stack, { email: null })];
    const place = (minute: number) => new Date(Date.now() + minute * 60_000);
    await stack.app.get(PrismaService).notification.createMany({
      data: [reached, reached, reached, unreached].map(({ taxReturnId }, minute) => ({
        id: randomUUID(),
        taxReturnId,
        state: 'failed',
        template: 'accepted',
        occurrence: `o${minute}`,
        source: `s${minute}`,
        dueAt: place(0),
        requestedAt: place(minute),
      })),
    });
    const service = stack.app.get(UnreachableService);
    const first = await service.page({ limit: 4, most: 2 });
    expect(first).toEqual({ mails: [], end: expect.anything() });
    const { mails } = await service.page({ after: first.end, limit: 4, most: 2 });
    expect(mails.map(({ taxReturnId }) => taxReturnId)).toEqual([unreached.taxReturnId]);
  });
});
