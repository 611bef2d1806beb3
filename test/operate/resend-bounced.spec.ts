import { beforeAll, describe, expect, it } from 'vitest';
import { StandingService } from '#libs/notifications/index.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { arrivedFor, mailIn, mailsOf, say, trailOf } from './mails.js';
import type { ShownMail } from './mails.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('resend-bounced');
});

describe('a mail that came back', () => {
  it('needs nobody any more once it was sent again: the new mail counts in its place', async () => {
    const { owner, mail } = await cameBack();
    expect(await untold()).toBe(1);
    await stack.api('PUT', `/v1/tax-returns/${owner.taxReturnId}`, { email: `new-${owner.email}` });
    expect((await resend(mail, { reason: 'another address', n: 1 })).status).toBe(202);
    await stack.idle();
    const mails = await mailsOf(stack, owner);
    expect(mails.map(({ standing, reason }) => [standing, reason])).toEqual([
      ['success', null],
      ['success', 'superseded-by-resend'],
    ]);
    expect(await untold()).toBe(0);
    expect(await storyOf(owner)).toContain('a person sent it again as a new mail');
    const [newest] = mails;
    await stack.api('POST', '/v1/receipts', sesBounce({ id: newest?.id ?? '', email: `new-${owner.email}` }));
    expect(await untold()).toBe(1);
  });

  it('and is no longer true is settled by a re-send, and no relay is said not to have had it', async () => {
    const { owner, mail } = await cameBack();
    await say(stack, owner, 'accepted');
    await stack.idle();
    const { body } = await stack.api('POST', '/v1/resends', {
      filter: { ids: [mail.id] },
      reason: 'tidying up',
    });
    expect(body).toMatchObject({ leftOut: [{ why: 'superseded', mails: 1 }] });
    expect((await mailsOf(stack, owner)).find(({ id }) => id === mail.id)).toMatchObject({
      state: 'handed_over',
      reason: 'superseded-by-acceptance',
      standing: 'success',
    });
    expect(await trailOf(stack, mail.id)).toMatchObject([{ action: 'withhold', reason: 'tidying up' }]);
    expect(arrivedFor(stack, owner)).toHaveLength(1);
  });

  it('stands at the first look with why it came back, and is found by that', async () => {
    const { mail } = await cameBack();
    const reason = 'no-such-mailbox';
    const { body } = await stack.api<{ items: ShownMail[] }>(
      'GET',
      `/v1/notifications?need=bounced&reason=${reason}`,
    );
    expect(body.items.map(({ id }) => id)).toContain(mail.id);
    const page = await stack.api<string>('GET', '/ops');
    expect(page.body).toContain('there is no such mailbox');
  });

  it('shows everywhere what the other server said, and not that a relay had accepted it', async () => {
    const { owner, mail } = await cameBack();
    const said = 'smtp; 550 5.1.1 &#60;[address]&#62;: no, [address] is not here';
    const look = await stack.api<string>('GET', `/ops?taxReturn=${owner.taxReturnId}`);
    expect(rawAnswers(look.body)).toEqual([said]);
    const why = await stack.api<string>('GET', `/ops/tax-returns/${owner.taxReturnId}`);
    expect(rawAnswers(why.body)).toEqual([said]);
    const page = await stack.api<string>('GET', `/ops/notifications/${mail.id}`);
    expect(rawAnswers(page.body)).toEqual([expect.stringMatching(/^250 /), said]);
    expect(page.body).toMatch(/bounce hard<[^]*It came back for good: there is no such mailbox\./);
  });
});

it('a mail to nobody that is no longer true is settled by a re-send, without an address', async () => {
  const owner = await aReturn(stack, { email: null });
  await say(stack, owner, 'rejected');
  const mail = await mailIn(stack, owner, 'rejected', 'no_address');
  await say(stack, owner, 'accepted');
  await mailIn(stack, owner, 'accepted', 'no_address');
  await stack.api('POST', '/v1/resends', { filter: { ids: [mail.id] }, reason: 'tidying up' });
  expect((await mailsOf(stack, owner)).find(({ id }) => id === mail.id)).toMatchObject({
    state: 'withheld',
    standing: 'success',
  });
});

/** What other servers said, in the order of a page. */
function rawAnswers(page: string): (string | undefined)[] {
  return [...page.matchAll(/<p class="raw">[^]*?<code>(.*?)<\/code>/g)].map(([, words]) => words);
}

/** A rejection whose mail a relay took, and that came back for good. */
async function cameBack(): Promise<{ owner: MadeReturn; mail: ShownMail }> {
  const owner = await aReturn(stack);
  await say(stack, owner, 'rejected');
  const mail = await mailIn(stack, owner, 'rejected', 'handed_over');
  await stack.api('POST', '/v1/receipts', sesBounce({ id: mail.id, email: owner.email }));
  return { owner, mail };
}

function resend({ id }: ShownMail, body: object) {
  return stack.api('POST', `/v1/notifications/${id}/resend`, body);
}

async function untold(): Promise<number> {
  return (await stack.app.get(StandingService).audit()).told.failure;
}

async function storyOf({ taxReturnId }: MadeReturn): Promise<string> {
  return JSON.stringify((await stack.api('GET', `/v1/tax-returns/${taxReturnId}/why`)).body);
}
