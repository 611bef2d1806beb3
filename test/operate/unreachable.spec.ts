import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { StandingService, WatchService } from '#libs/notifications/index.js';
import type { UnreachableMail } from '#libs/notifications/index.js';
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
