import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HandOver } from '#libs/email/index.js';
import { PrismaService } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/database.js';
import type { Claim } from './claim.js';
import { NotificationWrites } from './notification.writes.js';
import { SeenClaims } from './seen.claims.js';

let database: FreshDatabase;
let prisma: PrismaService;
let writes: NotificationWrites;
beforeAll(async () => {
  database = await freshDatabase('notification writes');
  const settings = { DATABASE_URL: database.url, DATABASE_POOL: 4, DATABASE_WAIT: 60_000 };
  prisma = new PrismaService(settings);
  writes = new NotificationWrites(prisma, new SeenClaims(), {
    ...settings,
    SEND_LEASE: 300_000,
    SMTP_TIMEOUT: 60_000,
  } as Settings);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

/** A mail whose conversation is under way. */
async function underWay(): Promise<Claim> {
  const id = randomUUID();
  await prisma.notification.create({
    data: {
      id,
      taxReturnId: randomUUID(),
      template: 'accepted',
      occurrence: '',
      source: id,
      dueAt: new Date(),
    },
  });
  const claimed = await writes.claim(id);
  if (!claimed) throw new Error('it was not to be had');
  const conversation = {
    relay: 'relay',
    language: 'en',
    templateVersion: 'v',
    values: 'sealed',
    addressHashes: ['hash'],
  };
  expect(await writes.open(claimed, conversation)).toBe('opened');
  expect(await writes.begin(claimed)).toBe(true);
  return claimed;
}

const accepted = (response: string): HandOver => ({ outcome: 'accepted', responseCode: 250, response });

async function settled({ id, attempt }: Claim) {
  const { state } = await prisma.notification.findUniqueOrThrow({ where: { id } });
  const { outcome, response } = await prisma.delivery.findUniqueOrThrow({
    where: { notificationId_attempt: { notificationId: id, attempt } },
  });
  return { state, outcome, response };
}

describe('an outcome', () => {
  it.each([
    ['a NUL', '250 Ok \u0000'],
    ['the first half of an emoji', '250 Ok \ud83d'],
    ['the second half of an emoji', '250 \ude00 Ok'],
  ])('is written without the words of the relay where they hold %s', async (_, response) => {
    const claim = await underWay();
    await writes.settle(claim, accepted(response), { state: 'handed_over' });
    expect(await settled(claim)).toEqual({ state: 'handed_over', outcome: 'accepted', response: null });
  });

  it('is written with its words when those of a mail that is settled with it cannot be', async () => {
    const claims = await Promise.all(Array.from({ length: 20 }, underWay));
    const words = (place: number) => (place === 7 ? '250 \u0000' : `250 Ok ${place}`);
    await Promise.all(
      claims.map((claim, place) => writes.settle(claim, accepted(words(place)), { state: 'handed_over' })),
    );
    expect(await Promise.all(claims.map(settled))).toEqual(
      claims.map((_, place) => ({
        state: 'handed_over',
        outcome: 'accepted',
        response: place === 7 ? null : `250 Ok ${place}`,
      })),
    );
  });

  it('that asks for another try is queued again, with or without its words', async () => {
    const claim = await underWay();
    const deferred: HandOver = {
      outcome: 'deferred',
      reason: 'relay-busy',
      responseCode: 451,
      response: '\u0000',
    };
    const again = await writes.settle(claim, deferred, {
      state: 'queued',
      reason: 'relay-busy',
      wait: 1_000,
    });
    expect(again).toEqual({
      ...claimOf(claim),
      template: 'accepted',
      state: 'queued',
      inBatch: false,
      wait: 1_000,
    });
  });
});

function claimOf({ id, attempt }: Claim): Claim {
  return { id, attempt };
}

it('a claim brings what the directory knows, as it was written there', async () => {
  const [id, taxReturnId, submissionUuid] = [randomUUID(), randomUUID(), randomUUID()];
  const notAfter = new Date('2027-03-04T05:06:07.089Z');
  const kept = {
    submissionId: `s-${id}`,
    codes: [{ MeFErrorCode: 'F1040-525-03', MeFDescription: 'no “such” code 🙂' }],
    fullCodes: 'sealed',
  };
  await prisma.taxReturn.create({
    data: { id: taxReturnId, email: 'sealed', language: 'es', taxYear: 2025 },
  });
  const filed = { taxReturnId, submissionId: `s-${id}`, createdAt: new Date() };
  await prisma.submission.create({ data: { id: submissionUuid, ...filed } });
  await prisma.rejectionCodes.create({ data: kept });
  await prisma.notification.create({
    data: {
      id,
      taxReturnId,
      submissionUuid,
      template: 'rejected',
      occurrence: 'o',
      source: id,
      dueAt: new Date(),
      notAfter,
      overruled: ['too-late', 'suppressed'],
    },
  });
  const claimed = await writes.claim(id);
  expect(claimed).toEqual({
    id,
    attempt: 1,
    taxReturnId,
    submissionUuid,
    template: 'rejected',
    occurrence: 'o',
    stage: null,
    language: null,
    address: null,
    toAccount: false,
    context: null,
    notAfter,
    isAsked: false,
    inBatch: false,
    isWithdrawn: false,
    overruled: ['too-late', 'suppressed'],
    tries: 1,
    age: expect.any(Number) as number,
    email: 'sealed',
    accountEmail: null,
    directoryLanguage: 'es',
    taxYear: 2025,
    rejectionCodes: kept,
  });
  expect(await writes.claim(id)).toBeUndefined();
});
