import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { confirmationV2, failed } from '#apps/local/src/direct-file.messages.js';
import { BatchCaller, countsIn } from '../support/batch.calls.js';
import { aFailed } from '../support/batches.js';
import { aName, aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let ada: BatchCaller;
let grace: BatchCaller;
beforeAll(async () => {
  stack = await Stack.start('batch-http', { settings: { BATCH_APPROVAL_ABOVE: '4' } });
  ada = await BatchCaller.named(stack, 'ada');
  grace = await BatchCaller.named(stack, 'grace');
});

describe('a list that is brought over HTTP', () => {
  it('is reported, approved and started by another person, run once, and has a result for every row', async () => {
    const affected = [await aFailed(stack), await aFailed(stack), await aFailed(stack)];
    const [one, two, three] = affected.map(({ taxReturnId }) => taxReturnId);
    const stranger = aName().taxReturnId;
    const list = ['note,id', `a,${one}`, `b,${two}`, `c,${three}`, `d,${stranger}`, 'e,"=cmd|calc"'].join(
      '\n',
    );
    const made = await ada.upload('action=error-resolved&incident=INC-1&name=..%2F..%2Fhome%2Fada.csv', list);
    const { id } = made.body;
    expect([made.status, made.body, made.headers.get('location')]).toEqual([
      202,
      { id },
      `/v1/batches/${id}`,
    ]);

    const report = await ada.see(id, ({ state }) => state === 'awaiting-approval', 'its report');
    expect(report).toMatchObject({ name: 'ada.csv', rows: 5, incident: 'INC-1', origin: 'upload' });
    expect(countsIn(report)).toEqual({ ready: 3, unknown: 1, malformed: 1 });
    expect([report.madeBy, 'approvedBy' in report, 'sameAs' in report]).toEqual([
      expect.stringMatching(/^ada \(/),
      false,
      false,
    ]);

    const early = await grace.move(id, 'start');
    expect([early.status, early.body.detail]).toEqual([
      409,
      'A batch that is awaiting approval cannot be started.',
    ]);
    const own = await ada.approve(id);
    expect([own.status, own.body.detail]).toEqual([
      409,
      'You made this batch. Another person has to approve it.',
    ]);
    const approved = await grace.approve(id);
    expect([approved.status, approved.body.state, approved.body.approvedBy]).toEqual([
      200,
      'validated',
      expect.stringMatching(/^grace \(/),
    ]);
    expect((await grace.move(id, 'start')).body.state).toMatch(/^(running|finished)$/);
    const done = await ada.see(id, ({ state }) => state === 'finished', 'its end');
    expect(done).toMatchObject({ approvedBy: approved.body.approvedBy });
    expect(countsIn(done)).toEqual({ applied: 3, unknown: 1, malformed: 1, told: 3 });

    const results = await grace.call<string>('GET', `/${id}/results.csv`);
    expect(results.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(results.headers.get('content-disposition')).toBe(`attachment; filename="batch-${id}-results.csv"`);
    const { body: mails } = await stack.api<{ items: { id: string; taxReturnId: string }[] }>(
      'GET',
      `/v1/notifications?batchId=${id}`,
    );
    const mailOf = new Map(mails.items.map((mail) => [mail.taxReturnId, mail.id]));
    expect(mailOf.size).toBe(3);
    expect(results.body.split('\r\n')).toEqual([
      'row,taxReturnId,outcome,reason,notificationId,standing',
      ...[one, two, three].map(
        (taxReturnId, place) =>
          `${place + 2},${taxReturnId},applied,,${mailOf.get(taxReturnId ?? '')},success`,
      ),
      `5,${stranger},unknown,,,`,
      "6,'=cmd|calc,malformed,,,",
      '',
    ]);
    expect(await ada.lines(id, 'remaining.csv')).toEqual(['taxReturnId']);

    const { body: trail } = await stack.api<{ items: { action: string; actor: string; reason: string }[] }>(
      'GET',
      `/v1/audit/trail?kind=batch&target=${id}`,
    );
    expect(trail.items.map(({ action, actor }) => `${actor.split(' ')[0]} ${action}`).reverse()).toEqual([
      'ada make-batch',
      'grace approve-batch',
      'grace start-batch',
    ]);
    expect(trail.items[0]?.reason).toBe('I want to start it');
  });

  it('that comes again is there, does nothing, and names the first', async () => {
    const { taxReturnId } = await aFailed(stack);
    const first = await ada.bring('action=error-resolved', `id\n${taxReturnId}\n`);
    const again = await grace.bring('action=error-resolved&name=other.csv', `"${taxReturnId}"`);
    expect(again).toMatchObject({ state: 'refused', reason: 'same-content', sameAs: first.id });
    expect(await grace.lines(again.id, 'results.csv')).toHaveLength(1);
    const refused = await grace.move(again.id, 'start');
    expect([refused.status, refused.body.detail]).toEqual([
      409,
      'A batch that is refused cannot be started.',
    ]);
  });

  it('is listed, newest first, page by page, each once', async () => {
    const made = [
      await ada.bring('action=reminder-submit', aName().taxReturnId),
      await ada.bring('action=reminder-submit', aName().taxReturnId),
    ];
    const found: string[] = [];
    let next: string | null = '/v1/batches?limit=1';
    while (next) {
      const page: { items: { id: string; counts: object }[]; next: string | null } = (
        await ada.call<{ items: { id: string; counts: object }[]; next: string | null }>(
          'GET',
          next.replace('/v1/batches', ''),
        )
      ).body;
      expect(page.items.flatMap(({ counts }) => Object.keys(counts))).not.toContain('told');
      found.push(...page.items.map(({ id }) => id));
      next = page.next;
    }
    expect(found.slice(0, 2)).toEqual(made.map(({ id }) => id).reverse());
    expect(new Set(found).size).toBe(found.length);
  });
});

describe('an approval', () => {
  interface Samples {
    revision: string;
    counts: Record<string, number>;
    samples: { taxReturnId: string; mail: Record<string, string> | null }[];
  }
  const look = async (id: string) => (await grace.call<Samples>('GET', `/${id}/samples`)).body;
  const approve = (id: string, seen?: string) =>
    grace.call('POST', `/${id}/approve`, { seen, reason: 'looked at it' });

  async function aLargeOne() {
    const affected = [await aFailed(stack), await aFailed(stack, { language: 'es' }), await aFailed(stack)];
    const ids = [...affected.map(({ taxReturnId }) => taxReturnId), aName().taxReturnId, aName().taxReturnId];
    const { id } = await ada.bring('action=error-resolved', ids.join('\n'));
    return { id, affected };
  }

  it('is of the report and of three mails, which can be looked at, each in the language of its reader', async () => {
    const { id, affected } = await aLargeOne();
    const { counts, samples } = await look(id);
    expect(counts).toMatchObject({ ready: 3, unknown: 2, applied: 0 });
    expect(samples.map(({ taxReturnId }) => taxReturnId)).toEqual(affected.map((one) => one.taxReturnId));
    expect(samples.map(({ mail }) => mail?.language)).toEqual(['en', 'es', 'en']);
    const [{ mail } = { mail: null }] = samples;
    expect(Object.keys(mail ?? {})).toEqual(['language', 'subject', 'preheader', 'text', 'html']);
    expect(mail?.html).toMatch(/^<!doctype html>/i);
    expect(mail?.text).toContain('submit');
    const said = JSON.stringify(samples);
    for (const { email } of affected) expect(said).not.toContain(email);
  });

  it('names what was looked at, and is refused when that is not what would be sent', async () => {
    const [{ id, affected }, other] = [await aLargeOne(), await aLargeOne()];
    const before = await look(id);
    const blind = await approve(id);
    expect([blind.status, blind.body.errors]).toEqual([422, [expect.objectContaining({ pointer: '/seen' })]]);
    expect((await look(id)).revision).toBe(before.revision);

    await stack.sql(`UPDATE tax_returns SET language = 'es' WHERE id = $1::uuid`, [affected[0]?.taxReturnId]);
    for (const seen of [before.revision, (await look(other.id)).revision]) {
      const { status, body } = await approve(id, seen);
      expect([status, body.detail]).toEqual([409, expect.stringContaining('is not what it would send')]);
    }
    expect((await ada.look(id)).state).toBe('awaiting-approval');

    const { revision } = await look(id);
    expect((await approve(id, revision)).body.state).toBe('validated');
    const trail = await stack.sql(
      `SELECT after FROM audit_trail WHERE action = 'approve-batch' AND target = $1`,
      [id],
    );
    expect(trail).toEqual([{ after: { state: 'validated', seen: revision } }]);
  });
});

describe('a list of what the service itself knows', () => {
  it('is found by what failed, reported like any other, and run', async () => {
    const made = await aReturn(stack);
    await stack.put('confirmation', confirmationV2([failed(made, 'validation')]));
    await stack.idle();
    const order = {
      action: 'error-resolved',
      incident: 'INC-2',
      filter: { failureCategory: 'validation', since: new Date(Date.now() - 3_600_000).toISOString() },
    };
    const key = { 'idempotency-key': randomUUID() };
    const asked = await ada.call('POST', '', order, key);
    const { id } = asked.body;
    expect([asked.status, asked.body, asked.headers.get('location')]).toEqual([
      202,
      { id },
      `/v1/batches/${id}`,
    ]);
    const repeated = await ada.call('POST', '', order, key);
    expect([repeated.body, repeated.headers.get('location')]).toEqual([{ id }, `/v1/batches/${id}`]);
    const report = await ada.see(id, ({ state }) => state === 'validated', 'its report');
    expect(report).toMatchObject({ origin: 'filter', rows: 1 });
    expect(countsIn(report)).toEqual({ ready: 1 });
    await ada.move(id, 'start');
    await ada.see(id, ({ counts: { told } }) => told === 1, 'whom it told');
  });
});

describe('a request that is wrong in itself', () => {
  const filter = { failureCategory: 'validation' };
  it.each<[string, string, unknown, object[]]>([
    ['an action that nobody knows', 'action=explode', 'x', [{ in: 'query', parameter: 'action' }]],
    ['a list without an action', '', 'x', [{ in: 'query', parameter: 'action' }]],
    ['a reminder without its state', 'action=reminder-state', 'x', [{ in: 'query', parameter: 'state' }]],
    ['a state that goes with nothing', 'action=reminder-submit&state=MA', 'x', [{ in: 'query', parameter: 'state' }]],
    ['a NUL in the incident', 'action=reminder-submit&incident=a%00', 'x', [{ in: 'query', parameter: 'incident' }]],
    ['a parameter that nobody knows', 'action=reminder-submit&x=1', 'x', [{ in: 'query', parameter: 'x' }]],
    ['JSON of an unknown action', '', { action: 'explode', filter }, [{ pointer: '/action' }]],
    ['JSON of job files alone', '', { action: 'accepted', filter }, [{ pointer: '/action' }]],
    ['JSON without its state', '', { action: 'reminder-state', filter }, [{ pointer: '/state' }]],
    ['JSON that names no list', '', { action: 'reminder-submit' }, [{ pointer: '/filter' }]],
    ['JSON with a filter of everybody', '', { action: 'reminder-submit', filter: {} }, [{ pointer: '/filter' }]],
    ['JSON with a hostile text', '', { action: 'reminder-submit', filter: { incident: 'a\0' } }, [{ pointer: '/filter/incident' }]],
    ['JSON with an e-mail address in its filter', '', { action: 'reminder-submit', filter: { failureDetail: 'ana@example.com' } }, [{ pointer: '/filter/failureDetail' }]],
    ['JSON with an address of no object', '', { action: 'reminder-submit', s3Uri: 'file:///etc/passwd' }, [{ pointer: '/s3Uri' }]],
    ['JSON with an object of another bucket', '', { action: 'reminder-submit', s3Uri: 's3://others/list.csv' }, [{ pointer: '/s3Uri', detail: expect.stringContaining('is not in the bucket') as string }]],
    ['JSON with a query', 'action=reminder-submit', { action: 'reminder-submit', filter }, [{ in: 'query', parameter: 'action' }]],
  ])('%s: 422, and where', async (_what, query, body, errors) => {
    const answer =
      typeof body === 'string'
        ? await ada.upload(query, body)
        : await ada.call('POST', query && `?${query}`, body);
    expect([answer.status, answer.body.errors]).toEqual([
      422,
      errors.map((error) => expect.objectContaining(error) as object),
    ]);
  }); // prettier-ignore

  it.each(['approve', 'start', 'pause', 'resume', 'abort', 'rate'])(
    '%s without a reason: 422',
    async (verb) => {
      const { status, body } = await ada.call('POST', `/${randomUUID()}/${verb}`, { rate: 1 });
      expect([status, body.errors]).toEqual([
        422,
        expect.arrayContaining([expect.objectContaining({ pointer: '/reason' })]),
      ]);
    },
  );

  it.each(['', '/samples', '/results.csv', '/remaining.csv'])(
    'of a batch that nobody knows, GET {id}%s: 404',
    async (path) => {
      expect((await ada.call('GET', `/${randomUUID()}${path}`)).status).toBe(404);
    },
  );

  it.each(['approve', 'start', 'pause', 'resume', 'abort'])(
    'of a batch that nobody knows, %s: 404',
    async (verb) => {
      const said = { reason: 'x', ...(verb === 'approve' && { seen: '0'.repeat(16) }) };
      expect((await ada.call('POST', `/${randomUUID()}/${verb}`, said)).status).toBe(404);
    },
  );
});
