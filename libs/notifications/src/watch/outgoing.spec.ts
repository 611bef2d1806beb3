import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PrismaService } from '#libs/platform/index.js';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/database.js';
import { OutgoingService } from './outgoing.service.js';

const now = new Date('2026-05-03T12:00:00Z');
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const ago = (ms: number) => new Date(now.getTime() - ms);

const settings = {
  RELAY_SILENT_FOR: 5 * minute,
  RELAY_FAILURES: 15,
  RELAY_CONVERSATIONS: 20,
  TELL_SOON: 10 * minute,
  SWEEP_GRACE: minute,
};

let database: FreshDatabase;
let prisma: PrismaService;
let outgoing: OutgoingService;
beforeAll(async () => {
  database = await freshDatabase('outgoing');
  prisma = new PrismaService({ DATABASE_URL: database.url, DATABASE_POOL: 2, DATABASE_WAIT: 60_000 });
  outgoing = new OutgoingService(prisma, settings);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});
beforeEach(async () => {
  await prisma.pool.query('TRUNCATE notifications, deliveries, pauses');
});

interface Made {
  state?: string;
  reason?: string;
  /** When its time is, or its next try's. */
  due?: Date;
  opened?: Date;
  template?: string;
  /** How its tries ended, and when: oldest first. */
  tries?: [reason: string | null, at: Date][];
}

/** A mail with its tries: `null` is one that the relay took. */
async function aMail({
  state = 'queued',
  reason,
  due = now,
  opened = due,
  template = 'accepted',
  tries = [],
}: Made) {
  const id = randomUUID();
  await prisma.pool.query(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, state, reason, due_at, opened_at, attempt)
     VALUES ($1, $1, $2, 'o', 's', $3::notification_state, $4, $5, $6, $7)`,
    [id, template, state, reason ?? null, due, opened, tries.length],
  );
  for (const [index, [why, at]] of tries.entries())
    await prisma.pool.query(
      `INSERT INTO deliveries (notification_id, attempt, outcome, reason, response, relay, language, template_version, opened_at, settled_at)
       VALUES ($1, $2, $3::delivery_outcome, $4, $4, 'relay', 'en', 'v', $5, $5)`,
      [id, index + 1, outcomeOf(why), why, at],
    );
  return id;
}

function outcomeOf(reason: string | null): string {
  if (reason === null || reason === 'receipt') return 'accepted';
  if (reason.endsWith('-refused') && reason !== 'relay-refused') return 'refused';
  return reason === 'lost-after-data' || reason === 'unclear-answer' ? 'unknown' : 'deferred';
}

const taken = (at: Date) => aMail({ state: 'handed_over', tries: [[null, at]] });
const look = async () => outgoing.look(now);

describe('a relay that has taken nothing for RELAY_SILENT_FOR while a mail is due', () => {
  it.each([
    ['relay-unreachable', true],
    ['relay-full', true],
    ['relay-refused', true],
    ['relay-out-of-step', true],
    ['lost-after-data', true],
    ['unclear-answer', true],
    // About one mail, or about ourselves.
    ['relay-busy', false],
    ['recipient-refused', false],
    ['message-refused', false],
    ['worker-lost', false],
  ])('%s is its illness: %s', async (reason, isIll) => {
    await taken(ago(6 * minute));
    await aMail({ tries: [[reason, ago(5 * minute)]] });
    expect((await look()).relay).toEqual(
      isIll ? { since: ago(5 * minute), waiting: 1, reason, words: reason } : null,
    );
  });

  it('is none a moment earlier, nor since it took one', async () => {
    await aMail({ tries: [['relay-unreachable', ago(5 * minute - 1)]] });
    expect((await look()).relay).toBeNull();
    await aMail({ tries: [['relay-unreachable', ago(hour)]] });
    expect((await look()).relay).toMatchObject({ since: ago(hour), waiting: 2 });
    await taken(ago(2 * minute));
    expect((await look()).relay).toBeNull();
  });

  it('puts off several mails one by one and takes none: that is the relay too', async () => {
    for (let n = 0; n < 2; n += 1)
      await aMail({
        tries: [
          ['relay-busy', ago(6 * minute)],
          ['relay-busy', ago(minute)],
        ],
      });
    expect((await look()).relay).toBeNull();
    await aMail({ tries: [['relay-busy', ago(minute)]] });
    expect((await look()).relay).toMatchObject({ since: ago(6 * minute), waiting: 3, reason: 'relay-busy' });
  });

  it('is not acquitted by what a receipt says of an earlier mail', async () => {
    await aMail({ tries: [['relay-unreachable', ago(6 * minute)]] });
    await aMail({ state: 'handed_over', tries: [['receipt', ago(minute)]] });
    expect((await look()).relay).toMatchObject({ since: ago(6 * minute) });
  });

  it('is nobody’s business while nothing is due: nothing waits, or what waits is paused', async () => {
    await aMail({ state: 'failed', tries: [['relay-unreachable', ago(hour)]] });
    await aMail({ due: ago(minute) });
    expect(await look()).toMatchObject({ waiting: 1, relay: null });
    await aMail({ template: 'rejected', tries: [['relay-unreachable', ago(hour)]] });
    expect((await look()).relay).not.toBeNull();
    await prisma.pool.query(
      `INSERT INTO pauses (template, actor, reason) VALUES ('rejected', 'nora', 'why')`,
    );
    expect(await look()).toMatchObject({ waiting: 1, relay: null, late: null });
  });
});

describe('a relay that fails most of its last conversations, though it takes some', () => {
  const conversations = async (failed: number, others: number) => {
    for (let n = 0; n < failed; n += 1)
      await aMail({ state: 'failed', tries: [['relay-full', ago((n + 2) * second)]] });
    for (let n = 0; n < others; n += 1) await taken(ago((n + 1) * second));
  };

  it.each([
    [15, 5, minute, true],
    [14, 6, minute, false],
    // One that restarts.
    [15, 5, minute - 1, false],
  ])('%i of %i more, while a mail has waited for %i ms: %s', async (failed, others, wait, isIll) => {
    await conversations(failed, others);
    await aMail({ tries: [['relay-busy', ago(wait)]] });
    expect((await look()).relay !== null).toBe(isIll);
  });

  it('is well again as soon as no mail waits, or when they are of long ago', async () => {
    await conversations(15, 5);
    expect((await look()).relay).toBeNull();
    await aMail({ tries: [['relay-busy', ago(minute)]] });
    expect((await look()).relay).toMatchObject({ since: ago(16 * second), waiting: 1 });
    expect((await outgoing.look(new Date(now.getTime() + 5 * minute))).relay).toBeNull();
  });
});

describe('a mail that has been due for longer than TELL_SOON is late, and it is said what holds it up', () => {
  const late = async () => (await look()).late;

  it('counts from when its turn came, or from its first try', async () => {
    await aMail({ due: ago(10 * minute) });
    await aMail({ due: now, opened: ago(hour), tries: [['relay-busy', ago(10 * minute)]] });
    await aMail({ due: new Date(now.getTime() + minute), opened: ago(hour) });
    await aMail({
      due: new Date(now.getTime() + minute),
      reason: 'unknown-resend',
      tries: [['lost-after-data', ago(hour)]],
    });
    expect(await late()).toBeNull();
    const due = ago(10 * minute + 1);
    await aMail({ due });
    expect(await late()).toMatchObject({ mails: 1, since: due });
    await aMail({
      due: new Date(now.getTime() + hour),
      opened: ago(2 * hour),
      tries: [['relay-busy', ago(hour)]],
    });
    expect(await late()).toMatchObject({ mails: 2, since: ago(hour) });
  });

  it('no worker takes them', async () => {
    await aMail({ due: ago(hour) });
    expect(await late()).toMatchObject({ holdup: 'untaken', taken: 0 });
  });

  it('mails go out, and these have not had their turn', async () => {
    await aMail({ due: ago(hour) });
    await taken(ago(minute));
    await taken(ago(hour));
    expect(await look()).toMatchObject({ relay: null, late: { holdup: 'backlog', taken: 1 } });
  });

  it('the relay put off these and takes others', async () => {
    await aMail({ tries: [['relay-busy', ago(hour)]] });
    await taken(ago(minute));
    expect(await look()).toMatchObject({ relay: null, late: { holdup: 'put-off', taken: 1 } });
  });

  it('the relay takes nothing', async () => {
    await aMail({ tries: [['relay-unreachable', ago(hour)]] });
    expect(await look()).toMatchObject({ relay: { since: ago(hour) }, late: { holdup: 'relay', taken: 0 } });
  });
});
