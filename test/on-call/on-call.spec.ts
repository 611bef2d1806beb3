import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Scope } from '#libs/keys/index.js';
import { OverTimeService } from '#libs/notifications/index.js';
import { eventually } from '../support/eventually.js';
import { aReturn, register, submitted } from '../support/make.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { textOf, Visitor } from '../support/visitor.js';
import { aNight } from './night.js';
import type { Night } from './night.js';

let stack: Stack;
let night: Night;
let visitor: Visitor;
beforeAll(async () => {
  stack = await Stack.start('on-call');
  night = await aNight(stack);
  visitor = await signedIn(['read', 'operate', 'preview']);
});

function signedIn(scopes: Scope[]): Promise<Visitor> {
  return Visitor.named(stack, 'nora', scopes);
}

const read = (path: string) => visitor.read(path);

async function mailOf({ taxReturnId }: { taxReturnId: string }): Promise<{ id: string; state: string }> {
  const [row] = await stack.sql<{ id: string; state: string }>(
    'SELECT id, state FROM notifications WHERE tax_return_id = $1',
    [taxReturnId],
  );
  if (!row) throw new Error('this return has no mail');
  return row;
}

const mailsTo = ({ email }: { email: string }) => stack.mailbox.mails.filter(({ to }) => to.includes(email));

const submit = (...form: Parameters<Visitor['submit']>) => visitor.submit(...form);

describe('one look', () => {
  it('says who waits longest, what needs somebody, why and what to do, with the answer of the relay', async () => {
    const page = await read('/ops');
    expect(page).toContain('The oldest untold taxpayer waits for');
    expect(page).toContain('2 mails failed');
    expect(page).toContain('The relay refuses this recipient for good.');
    expect(page).toContain('550 5.1.1 no such user here');
    expect(page).toContain('1 mail unknown');
    expect(page).toContain('1 mail no address');
    expect(page).toContain('1 message unreadable');
    expect(page).toContain('The message is not JSON');
    expect(page).toContain('1 message waiting');
    expect(page).toContain('No submission with this id is registered yet');
    expect(page).toContain('Ask the backend for another address');
  });

  it('has a filter for each column, in the address', async () => {
    const [one, other] = [await mailOf(night.refused[0]), await mailOf(night.perhaps)];
    const failed = (await visitor.look('/ops?need=failed')).body;
    expect([failed.includes(one.id), failed.includes(other.id)]).toEqual([true, false]);
    const ofReturn = (await visitor.look(`/ops?taxReturn=${night.perhaps.taxReturnId}&template=submitted`))
      .body;
    expect([ofReturn.includes(one.id), ofReturn.includes(other.id)]).toEqual([false, true]);
    expect(await read('/ops?until=2020-01-01T00:00')).toContain('No mail fits.');
    expect(await read('/ops?reason=no-address&since=2020-01-01T00:00')).not.toContain('no such user');
  });

  it('refuses a filter that makes no sense, so that it never becomes none', async () => {
    for (const filter of ['taxReturn=x', 'need=all', 'template=x', 'since=soon', 'reason=1'])
      expect([filter, (await visitor.look(`/ops?${filter}`)).status]).toEqual([filter, 422]);
    expect((await visitor.look('/ops/resend')).status).toBe(422);
    expect((await visitor.look('/ops/resend?all=yes&taxReturn=x')).status).toBe(422);
  });

  it('counts each mail in one place of the plots, in the stretch in which it was asked for', async () => {
    const now = new Date();
    const quarter = 900_000;
    const span = {
      from: new Date(Math.floor(now.getTime() / quarter) * quarter - 3_600_000),
      step: 1_800_000,
      count: 3,
    };
    const stretches = await stack.app.get(OverTimeService).told(span, now);
    const sum = (standing: 'success' | 'failure' | 'in-process') =>
      stretches.reduce((total, stretch) => total + stretch[standing], 0);
    expect([sum('success'), sum('failure'), sum('in-process')]).toEqual([1, 4, 0]);
    expect(await stack.app.get(OverTimeService).told({ ...span, from: new Date(0) }, now)).toEqual(
      [0, 1, 2].map((place) =>
        expect.objectContaining({ success: 0, failure: 0, from: new Date(place * span.step) }),
      ),
    );
  });

  it('shows no address, nor does any page behind it', async () => {
    const [refused] = night.refused;
    const { id } = await mailOf(refused);
    for (const path of [
      '/ops',
      `/ops/tax-returns/${refused.taxReturnId}`,
      `/ops/notifications/${id}`,
      '/ops/quarantine',
    ])
      expect(await read(path)).not.toMatch(/@example|neither JSON/);
  });
});

it('why a taxpayer was not told stands in sentences, with all that happened', async () => {
  const page = await read(`/ops/tax-returns/${night.refused[0].taxReturnId}`);
  expect(page).toContain('1 not told');
  expect(page).toMatch(/was confirmed by the authority/);
  expect(page).toMatch(/Try 1 ended refused/);
  expect(page).toMatch(/Now: No address is left/);
  expect((await visitor.look('/ops/tax-returns/00000000-0000-4000-8000-000000000000')).status).toBe(404);
});

describe('a re-send', () => {
  it('says first what it would do and who is left out, is refused above its cap, and is done once', async () => {
    const path = '/ops/resend?all=yes';
    const dryRun = await read(path);
    expect(dryRun).toContain('Dry run: 2 mails would be sent');
    expect(dryRun).toContain('1 mail outcome-unknown');
    expect(dryRun).toContain('1 mail no-address');
    const refusedByCap = await submit(path, '/ops/resend', { why: 'relay mended', cap: '1' });
    expect([refusedByCap.status, textOf(refusedByCap.body)]).toEqual([
      409,
      expect.stringContaining('the cap is 1'),
    ]);
    expect((await submit(path, '/ops/resend', { why: ' ', cap: '2' })).status).toBe(422);
    expect(await mailOf(night.refused[0])).toMatchObject({ state: 'failed' });

    const form = { ...(await visitor.hiddenOf(path, '/ops/resend')), why: 'relay mended', cap: '2' };
    expect(textOf((await visitor.send('/ops/resend', form)).body)).toContain('2 mails sent again');
    expect(textOf((await visitor.send('/ops/resend', form)).body)).toContain('0 mails sent again');
    await stack.idle();
    for (const owner of night.refused) expect(mailsTo(owner)).toHaveLength(1);
    expect(await read('/ops/audit')).toMatch(/nora \(\w+\) resend notification \w+ relay mended/);
  });

  it('of a mail that was told is left out, unless a person overrules that with a reason', async () => {
    const { id } = await mailOf(night.told);
    expect(await read(`/ops/resend?id=${id}`)).toContain('1 mail already-told');
    const path = `/ops/resend?id=${id}&override=already-told`;
    expect(await read(path)).toContain('Dry run: 1 mail would be sent');
    const sent = await submit(path, '/ops/resend', { why: 'asked by phone', cap: '1' });
    expect(textOf(sent.body)).toContain('1 mail sent again');
    await stack.idle();
    expect(mailsTo(night.told)).toHaveLength(2);
  });
});

it('what is unknown is decided by a person, with what shows it', async () => {
  const { id } = await mailOf(night.perhaps);
  const path = `/ops/notifications/${id}`;
  const decide = (fields: Record<string, string>) =>
    submit(path, `${path}/resolution`, { reason: 'asked the relay', ...fields });
  expect((await decide({ resolution: 'arrived' })).status).toBe(409);
  expect((await decide({ resolution: 'arrived', evidence: 'log line 4711: queued' })).status).toBe(303);
  expect(await read(path)).toMatch(
    /told, or no longer true.*resolve-unknown.*asked the relay.*log line 4711/,
  );
});

it('a note stays with what it is about', async () => {
  const { id } = await mailOf(night.unreachable);
  const path = `/ops/notifications/${id}`;
  expect((await submit(path, '/ops/notes', { text: 'the backend looks for ana@example.com' })).status).toBe(
    303,
  );
  expect(await read(path)).toContain('the backend looks for [address]');
});

it('parked messages are shown with their reason and replayed by a person', async () => {
  expect(await read('/ops/quarantine?kind=unreadable')).toContain('1 message of this filter');
  const [entry] = await stack.sql<{ id: string }>(`SELECT id FROM quarantine WHERE kind = 'unreadable'`);
  const again = await submit(`/ops/quarantine/${entry?.id}`, '/ops/quarantine/replays', {
    why: 'a fix was deployed',
  });
  expect(textOf(again.body)).toContain('1 refused again');
  expect((await visitor.look('/ops/quarantine')).body).toMatch(/name="cap"[^>]*value="2"/);
  const above = await submit('/ops/quarantine', '/ops/quarantine/replays', {
    why: 'all of them',
    which: 'all',
    cap: '1',
  });
  expect([above.status, textOf(above.body)]).toEqual([
    409,
    expect.stringContaining('2 entries would be replayed, and the cap is 1'),
  ]);
  await register(stack, night.early);
  await stack.idle();
  expect(mailsTo(night.early)).toHaveLength(1);
  const all = await submit('/ops/quarantine', '/ops/quarantine/replays', {
    why: 'once more',
    which: 'all',
    cap: '1',
  });
  expect(textOf(all.body)).toContain('1 message replayed');
  expect(await read(`/ops/quarantine/${entry?.id}`)).toMatch(/once more.*a fix was deployed/);
});

it('a receipt of a mail that no relay is known to have taken leads to that mail from wherever it is seen', async () => {
  const owner = await aReturn(stack);
  const { taxReturnId, email } = owner;
  stack.mailbox.answer({ at: 'rcpt', to: email, code: 550, times: 1 });
  await stack.put('confirmation', submitted(owner));
  await stack.idle();
  const { id } = await mailOf(owner);
  await stack.api('POST', '/v1/receipts', sesBounce({ id, email }));
  const [entry] = await stack.sql<{ id: string; reason: string; tax_return_id: string }>(
    'SELECT id, reason, tax_return_id FROM quarantine WHERE notification_id = $1',
    [id],
  );
  expect(entry).toMatchObject({ reason: 'never-handed-over', tax_return_id: taxReturnId });
  const why = (await visitor.look(`/ops/tax-returns/${taxReturnId}`)).body;
  const told = why.slice(why.indexOf('was put into quarantine (unmatched): The mail is known here'));
  expect(told).toMatch(new RegExp(`^[^<]*</p>\\s*<p class="small"><a href="/ops/notifications/${id}">`));
  for (const path of ['/ops/quarantine', `/ops/quarantine/${entry?.id}`]) {
    const page = (await visitor.look(path)).body;
    expect(page).toContain(`<a href="/ops/notifications/${id}">`);
    expect(page).toContain('the provider had it, and no try here says so');
  }
  const { body } = await stack.api<string>('GET', '/v1/quarantine.csv?reason=never-handed-over');
  expect(body).toMatch(new RegExp(`^${entry?.id},.*,${id}\r$`, 'm'));
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  const listed = await receipt(['quarantine', 'list'], { DATABASE_URL, ENCRYPTION_KEYS });
  expect(listed.stdout).toMatch(new RegExp(`never-handed-over +${id} .*no try here says so`));
});

it('a receipt of a mail that is not known here names it, and leads nowhere', async () => {
  const id = randomUUID();
  await stack.api('POST', '/v1/receipts', sesBounce({ id, email: 'nobody@example.com' }));
  const page = (await visitor.look('/ops/quarantine?reason=unknown-notification')).body;
  expect(page).toContain(`Mail <code>${id}</code>`);
  expect(page).not.toContain(`/ops/notifications/${id}`);
});

it('a pause holds mails back until somebody lets them go', async () => {
  expect((await submit('/ops', '/ops/pauses', { template: 'submitted', reason: 'wrong text' })).status).toBe(
    303,
  );
  const owner = await aReturn(stack);
  await stack.put('confirmation', submitted(owner));
  await eventually(async () => (await read('/ops')).includes('wrong text 1 mail waits'), {
    because: 'a mail that waits for the end of the pause',
  });
  expect(mailsTo(owner)).toHaveLength(0);
  await submit('/ops', '/ops/pauses/end', { template: 'submitted', reason: 'text mended' });
  await stack.idle();
  expect(mailsTo(owner)).toHaveLength(1);
});

describe('who may', () => {
  it('look may not act', async () => {
    const onlooker = await signedIn(['read']);
    const { id } = await mailOf(night.unreachable);
    for (const path of [
      '/ops',
      '/ops/audit',
      `/ops/notifications/${id}`,
      '/v1/notifications.csv?standing=failure',
    ])
      expect([path, (await onlooker.look(path)).status]).toEqual([path, 200]);
    for (const path of ['/ops/resend?all=yes', '/ops/quarantine'])
      expect([path, (await onlooker.look(path)).status]).toEqual([path, 403]);
    const form = await onlooker.token('/ops');
    expect((await onlooker.send('/ops/notes', { form, text: 'x' })).status).toBe(403);
  });

  it.each([
    '/ops/resend',
    '/ops/pauses',
    '/ops/pauses/end',
    '/ops/quarantine/replays',
    '/ops/notifications/ID/resolution',
    '/ops/notes',
    '/ops/submissions/ID/remediations',
    '/ops/submissions/ID/duplicates',
    '/ops/remediations/ID/unsuccessful',
    '/ops/quarantine/ID/dismiss',
    '/ops/suppressions/ID/lift',
    '/ops/resend',
  ])('act does not by a form of another site: %s', async (path) => {
    const { id } = await mailOf(night.unreachable);
    const form = await visitor.token('/ops');
    const to = path.replace('ID', id);
    // A browser that was asked for the key in a window of its own sends it wherever a form leads, without a session.
    const basic = `Basic ${Buffer.from(`:${stack.environment.API_KEY}`).toString('base64')}`;
    const crossed = { 'sec-fetch-site': 'cross-site' };
    const [without, elsewhere, unasked] = [
      await visitor.send(to, { text: 'x' }),
      await visitor.send(to, { text: 'x', form }, crossed),
      await new Visitor(stack).send(to, { text: 'x' }, { ...crossed, authorization: basic }),
    ];
    expect([without.status, elsewhere.status, unasked.status]).toEqual([403, 403, 403]);
  });
});
