import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { StandingService, UnreachableService, WatchService } from '#libs/notifications/index.js';
import type { UnreachableMail } from '#libs/notifications/index.js';
import { NotificationState, PrismaService, Sealer } from '#libs/platform/index.js';
import { standingOf } from '../../libs/notifications/src/standing/told.js';
import { addressHashesOf } from '../../libs/notifications/src/terms/address.hash.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn, ReturnOptions } from '../support/make.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { Visitor } from '../support/visitor.js';
import { arrivedFor, mailIn, mailsOf, say, trailOf } from './mails.js';
import type { ShownMail } from './mails.js';

let stack: Stack;
let visitor: Visitor;
beforeAll(async () => {
  stack = await Stack.start('unreachable');
  visitor = new Visitor(stack);
  await visitor.signIn(stack.environment.API_KEY ?? '');
});

interface Listed extends Omit<UnreachableMail, 'since'> {
  since: string;
}

interface Made {
  owner: MadeReturn;
  mail: ShownMail;
}

async function listed(owner: MadeReturn): Promise<Listed[]> {
  const { body } = await stack.api<{ items: Listed[] }>('GET', '/v1/unreachable?limit=500');
  return body.items.filter(({ taxReturnId }) => taxReturnId === owner.taxReturnId);
}

/** A rejection that nobody was told of, since nobody gave an address. */
async function withoutAddress(): Promise<Made> {
  const owner = await aReturn(stack, { email: null });
  await say(stack, owner, 'rejected');
  return { owner, mail: await mailIn(stack, owner, 'rejected', 'no_address') };
}

/** A rejection that came back for good. */
async function cameBack(options?: ReturnOptions): Promise<Made> {
  const owner = await aReturn(stack, options);
  await say(stack, owner, 'rejected');
  const mail = await mailIn(stack, owner, 'rejected', 'handed_over');
  await stack.api('POST', '/v1/receipts', sesBounce({ id: mail.id, email: owner.email }));
  return { owner, mail };
}

const told = { resolution: 'told-by-other-means', context: 'a letter', evidence: 'LTR-2026-17' };
const tell = (id: string, body: object = told) =>
  stack.api<{ done: boolean; detail: string }>('POST', `/v1/notifications/${id}/resolution`, body);

const untold = async () => (await stack.app.get(StandingService).audit()).told.failure;
const terminal = () => {
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  return { DATABASE_URL, ENCRYPTION_KEYS };
};

describe('whom no mail reaches', () => {
  it('is listed where nobody gave an address, with what they were not told', async () => {
    const { owner, mail } = await withoutAddress();
    expect(await listed(owner)).toEqual([
      {
        id: mail.id,
        taxReturnId: owner.taxReturnId,
        submissionUuid: expect.any(String),
        submissionId: owner.submissionId,
        userId: owner.userId,
        taxYear: 2025,
        template: 'rejected',
        stage: null,
        notTold: 'that the return was rejected, and what to do',
        since: expect.any(String),
        addresses: [],
        why: 'Nobody has given an address.',
      },
    ]);
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email });
    await stack.idle();
    expect(await listed(owner)).toEqual([]);
  });

  it('is listed once the only address came back for good, until another one is registered or the suppression lifted', async () => {
    const { owner } = await cameBack({ accountEmail: null });
    expect(await listed(owner)).toMatchObject([
      {
        addresses: [{ of: 'return', against: 'hard-bounce' }],
        why: 'The address of the return: a mail came back for good.',
      },
    ]);
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { accountEmail: `other-${owner.email}` });
    expect(await listed(owner)).toEqual([]);
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, {
      accountEmail: owner.email.toUpperCase(),
    });
    expect(await listed(owner)).toHaveLength(1);
    const { body } = await stack.api<{ items: { id: string }[] }>(
      'GET',
      `/v1/suppressions?taxReturnId=${owner.taxReturnId}`,
    );
    await stack.api('POST', `/v1/suppressions/${body.items[0]?.id}/lift`, { reason: 'it works again' });
    expect(await listed(owner)).toEqual([]);
  });

  it('is listed where the relay refused the address for good, and where a mail was withheld for another', async () => {
    const refused = await aReturn(stack);
    stack.mailbox.answer({
      at: 'rcpt',
      to: refused.email,
      code: 550,
      text: '5.1.1 no such user here',
      times: 1,
    });
    await say(stack, refused, 'rejected');
    await mailIn(stack, refused, 'rejected', 'failed');
    expect(await listed(refused)).toMatchObject([{ addresses: [{ of: 'return', against: 'refused' }] }]);
    const { owner } = await cameBack();
    const other = await aReturn(stack, { email: owner.email });
    await say(stack, other, 'rejected');
    await mailIn(stack, other, 'rejected', 'withheld');
    expect(await listed(other)).toMatchObject([{ addresses: [{ of: 'return', against: 'hard-bounce' }] }]);
  });

  it('is told in why what is left to do', async () => {
    const { owner } = await cameBack();
    const { body } = await stack.api<{ mails: { todo: string }[] }>(
      'GET',
      `/v1/tax-returns/${owner.taxReturnId}/why`,
    );
    expect(body.mails[0]?.todo).toMatch(/^No address is left\. Tell them by a letter or a call/);
  });

  it('stands in the terminal, the CSV and the pages, without any address', async () => {
    const { owner, mail } = await cameBack();
    const { stdout, code } = await receipt(['list', 'unreachable'], terminal());
    const csv = await visitor.look('/v1/unreachable.csv');
    expect([code, csv.status, csv.body]).toEqual([0, 200, stdout]);
    const [titles, ...lines] = stdout.trim().split('\r\n');
    expect(titles).toBe(
      'id,taxReturnId,submissionUuid,submissionId,userId,taxYear,template,stage,notTold,since,why',
    );
    expect(lines.filter((line) => line.startsWith(mail.id))).toEqual([
      expect.stringContaining(
        `,${owner.userId},2025,rejected,,"that the return was rejected, and what to do",`,
      ),
    ]);
    const page = await visitor.look('/ops/unreachable');
    expect(page.body).toContain(owner.taxReturnId);
    for (const text of [stdout, page.body]) expect(text).not.toContain('@example.com');
    expect(await visitor.read('/ops')).toMatch(/\d+ mails? without any address left/);
    const status = await receipt(['status'], terminal());
    expect(status.stdout).toMatch(
      /\d+ of them have no address left, the oldest since .*: receipt list unreachable/,
    );
  });
});

describe('told by other means', () => {
  it('with the means, evidence and who, ends it: on the list, among the needs and in the counts, and is in the trail', async () => {
    for (const { owner, mail } of [await withoutAddress(), await cameBack()]) {
      const before = await untold();
      expect((await tell(mail.id, { ...told, evidence: undefined })).status).toBe(422);
      expect((await tell(mail.id, { ...told, context: ' ' })).status).toBe(422);
      expect(await tell(mail.id, { ...told, context: `a call to ${owner.email}` })).toMatchObject({
        status: 200,
        body: { done: true },
      });
      expect(await listed(owner)).toEqual([]);
      expect(await untold()).toBe(before - 1);
      expect(await stack.app.get(WatchService).mails({ taxReturnId: owner.taxReturnId }, 10)).toEqual([]);
      expect(await mailsOf(stack, owner)).toMatchObject([
        { standing: 'success', reason: 'superseded-by-other-means' },
      ]);
      expect(await trailOf(stack, mail.id)).toMatchObject([
        {
          actor: expect.stringMatching(/./),
          action: 'tell-by-other-means',
          reason: 'a call to [address]',
          after: {
            resolution: 'told-by-other-means',
            context: 'a call to [address]',
            evidence: 'LTR-2026-17',
          },
        },
      ]);
      const why = await visitor.read(`/ops/tax-returns/${owner.taxReturnId}`);
      expect(why).toMatch(/person told the taxpayer by other means/);
    }
  });

  it('is kept once, by whichever of two is first, and stays so: no re-send, message or address sends that mail', async () => {
    const { owner, mail } = await withoutAddress();
    const both = await Promise.all([tell(mail.id), tell(mail.id)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: owner.email });
    const resent = await stack.api('POST', '/v1/resends', { filter: { ids: [mail.id] }, reason: 'all' });
    expect(resent.body).toMatchObject({ openedAgain: 0, leftOut: [{ why: 'already-told', mails: 1 }] });
    await stack.idle();
    expect(arrivedFor(stack, owner)).toEqual([]);
    expect(await trailOf(stack, mail.id)).toHaveLength(1);
  });

  it('is refused of a mail that told them, that is on its way, or that nobody knows', async () => {
    const owner = await aReturn(stack);
    await say(stack, owner, 'rejected');
    const mail = await mailIn(stack, owner, 'rejected', 'handed_over');
    expect(await tell(mail.id)).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/was told/) },
    });
    await stack.api('POST', '/v1/pauses', { template: 'accepted', reason: 'a test' });
    await say(stack, owner, 'accepted');
    const waits = await mailIn(stack, owner, 'accepted', 'queued');
    expect(await tell(waits.id)).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/its turn/) },
    });
    await stack.api('DELETE', '/v1/pauses/accepted', { reason: 'enough' });
    await stack.idle();
    expect((await tell(randomUUID())).status).toBe(404);
  });

  it('is said on the page, once however often the form is sent, and leads back to the list', async () => {
    const { owner, mail } = await cameBack();
    const action = `/ops/notifications/${mail.id}/resolution`;
    const fields = {
      ...(await visitor.hiddenOf('/ops/unreachable', action)),
      context: 'a letter',
      evidence: 'LTR-1',
    };
    expect((await visitor.send(action, { ...fields, context: ' ' })).status).toBe(422);
    for (let times = 0; times < 2; times += 1)
      expect(await visitor.send(action, fields)).toMatchObject({ status: 303, location: '/ops/unreachable' });
    expect(await trailOf(stack, mail.id)).toHaveLength(1);
    expect(await listed(owner)).toEqual([]);
  });

  it('is said in the terminal, after a look at what it would do', async () => {
    const { owner, mail } = await cameBack();
    const call = (...more: string[]) =>
      receipt(['resolve', mail.id, 'told-by-other-means', ...more], terminal());
    const said = ['--context', 'called, spoke to them', '--evidence', 'OPS-1234'];
    expect((await call('--evidence', 'OPS-1234')).code).toBe(2);
    expect((await call('--context', 'called')).code).toBe(2);
    expect((await call(...said, '--dry-run')).stdout).toMatch(
      /would count as told, and the mail would not be sent/,
    );
    expect(await listed(owner)).toHaveLength(1);
    expect((await call(...said, '--as', 'nora')).code).toBe(0);
    expect(await trailOf(stack, mail.id)).toMatchObject([{ actor: 'nora', reason: 'called, spoke to them' }]);
    expect(await listed(owner)).toEqual([]);
    expect((await call(...said)).code).toBe(1);
  });
});

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
    // Nobody works here: a sweep would take up what is made to look forgotten.
    const stack = await Stack.start('unreachable-rules', { worker: false });
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
            const page: { items: Listed[]; next: string | null } = (
              await stack.api<{ items: Listed[]; next: string | null }>('GET', path)
            ).body;
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
