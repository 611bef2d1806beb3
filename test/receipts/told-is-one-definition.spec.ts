import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { NotificationState, Prisma, PrismaService } from '#libs/platform/index.js';
import { REASON_WORDS } from '../../libs/notifications/src/operate/reason.words.js';
import {
  isSuperseded,
  STANDINGS,
  standingOf,
  supersededSql,
  whereStanding,
} from '../../libs/notifications/src/standing/told.js';
import type { Standing, Told } from '../../libs/notifications/src/standing/told.js';
import { Stack } from '../support/stack.js';

const NOW = new Date('2026-02-04T12:00:00Z');
const BOX = 3_600_000;

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('told-is-one-definition', { worker: false });
});

/** All that we write, and what only looks like one that counts as superseded. */
const reasons = [
  null,
  ...Object.keys(REASON_WORDS),
  'superseded-by-',
  'superseded-by',
  'superseded-by%',
  'superseded by acceptance',
  'Superseded-by-acceptance',
  'not-superseded-by-acceptance',
  'superseded-by-\nresend',
  'a new one',
];

const told = fc.record<Told>({
  state: fc.constantFrom(...Object.values(NotificationState)),
  reason: fc.constantFrom(...reasons),
  // Around the end of the time box, to the millisecond.
  openedAt: fc.constantFrom(-BOX - 1, -BOX, -BOX + 1, 0, 1).map((shift) => new Date(NOW.getTime() + shift)),
  bouncedAt: fc.constantFrom(null, NOW),
});

describe('whether a taxpayer was told', () => {
  it('has one answer for each mail, the same for one row and for many', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(told, { minLength: 1, maxLength: 60 }), async (mails) => {
        const rows = await write(mails);
        for (const standing of STANDINGS) {
          const expected = rows.filter((row) => standingOf(row, NOW, BOX) === standing);
          expect(await idsThat(standing, rows)).toEqual(expected.map(({ id }) => id).sort());
        }
      }),
      { numRuns: 25 },
    );
  });

  it.each(reasons)(
    'is yes by the reason %j of a mail that was withheld, or no, for all who ask',
    async (reason) => {
      const [row] = await write([{ state: 'withheld', reason, openedAt: NOW, bouncedAt: null }]);
      const [sql] = await stack.app.get(PrismaService).$queryRaw<
        { isTold: boolean; isSuperseded: boolean }[]
      >`
      SELECT is_told AS "isTold", ${supersededSql(Prisma.sql`reason`)} AS "isSuperseded"
      FROM notifications WHERE id = ${row?.id}::uuid`;
      expect(sql).toEqual({ isTold: isSuperseded(reason), isSuperseded: isSuperseded(reason) });
    },
  );

  it.each<[string, Partial<Told>, string]>([
    ['handed over', { state: 'handed_over' }, 'success'],
    ['handed over and come back', { state: 'handed_over', bouncedAt: NOW }, 'failure'],
    [
      'handed over, come back and superseded',
      { state: 'handed_over', bouncedAt: NOW, reason: 'superseded-by-resend' },
      'success',
    ],
    ['superseded', { state: 'withheld', reason: 'superseded-by-acceptance' }, 'success'],
    ['to a suppressed address', { state: 'withheld', reason: 'suppressed' }, 'failure'],
    ['too late', { state: 'withheld', reason: 'too-late' }, 'failure'],
    ['withheld for no reason', { state: 'withheld', reason: null }, 'failure'],
    [
      'on its way, a millisecond before the end of its time box',
      { openedAt: new Date(NOW.getTime() - BOX + 1) },
      'in-process',
    ],
    ['on its way, at the very end of its time box', { openedAt: new Date(NOW.getTime() - BOX) }, 'failure'],
    ['of unknown outcome', { state: 'unknown' }, 'failure'],
  ])('%s', async (_what, members, standing) => {
    const mail: Told = { state: 'queued', reason: null, openedAt: NOW, bouncedAt: null, ...members };
    const rows = await write([mail]);
    const found = await Promise.all(STANDINGS.map((one) => idsThat(one, rows)));
    expect([standingOf(mail, NOW, BOX), STANDINGS.filter((_one, place) => found[place]?.length)]).toEqual([
      standing,
      [standing],
    ]);
  });
});

async function write(mails: Told[]): Promise<(Told & { id: string })[]> {
  const rows = mails.map((mail) => ({ ...mail, id: randomUUID() }));
  await stack.app.get(PrismaService).notification.createMany({
    data: rows.map((row) => ({
      ...row,
      taxReturnId: row.id,
      template: 'accepted',
      occurrence: 'o',
      source: 's',
      dueAt: NOW,
    })),
  });
  return rows;
}

/** Those of the rows that SQL finds by a standing. */
async function idsThat(standing: Standing, rows: { id: string }[]): Promise<string[]> {
  const found = await stack.app.get(PrismaService).notification.findMany({
    where: { id: { in: rows.map(({ id }) => id) }, AND: [whereStanding(standing, NOW, BOX)] },
    select: { id: true },
  });
  return found.map(({ id }) => id).sort();
}
