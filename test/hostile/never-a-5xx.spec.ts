import { randomUUID } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { aLostReturn, aSuppression, submitted } from '../support/make.js';
import { proved } from '../support/proved.js';
import { isEndurance } from '../support/sizes.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { textOf, Visitor } from '../support/visitor.js';
import { AWKWARD, UNSTORABLE } from './hostile.texts.js';
import { placesOf, withAt } from './json.places.js';
import type { Schema } from './json.places.js';

interface Operation {
  parameters?: { name: string; in: 'path' | 'query' | 'header' }[];
  requestBody?: { content: Record<string, { schema: Schema; example?: unknown }> };
}

interface Answer {
  status: number;
  text: string;
}

let stack: Stack;
/** What stands in a path where nothing hostile does: ids of what is there, so that a call gets as far as it can. */
let ids: Record<string, string>;
let base: string;

beforeAll(async () => {
  stack = await Stack.start('hostile', { settings: { REQUESTS_PER_MINUTE: '10000000' } });
  base = await stack.app.getUrl();
  const owner = await aLostReturn(stack);
  await stack.put('confirmation', submitted(owner));
  await stack.idle();
  const { body: mails } = await stack.api<{ items: { id: string }[] }>('GET', '/v1/notifications');
  await stack.api('POST', '/v1/submission-status', {
    taxReturnId: randomUUID(),
    submissionId: 'nobody-knows-it',
    status: 'accepted',
  });
  const [parked] = await stack.sql<{ id: string }>('SELECT id FROM quarantine');
  const remediated = await stack.api<{ id: string }>(
    'POST',
    `/v1/submissions/${owner.submissionId}/remediations`,
    {
      context: 'sent by hand',
    },
  );
  const { body: submission } = await stack.api<{ id: string }>(
    'GET',
    `/v1/submissions/${owner.submissionId}`,
  );
  const batch = await stack.api<{ id: string }>('POST', '/v1/batches', {
    action: 'reminder-submit',
    filter: { template: 'submitted' },
  });
  ids = {
    'tax-returns': owner.taxReturnId,
    submissions: owner.submissionId,
    notifications: mails.items[0]?.id ?? '',
    quarantine: parked?.id ?? '',
    remediations: remediated.body.id,
    suppressions: (await aSuppression(stack)).id,
    batches: batch.body.id,
    pauses: 'rejected',
    key: 's1',
    name: 'a-backend',
    submission: submission.id,
  };
});

/** Of what is tried at each place: all, or what Postgres refuses and some of the rest, another share at each place. */
function textsFor(place: number): [string, string][] {
  const awkward = Object.entries(AWKWARD);
  if (isEndurance) return [...Object.entries(UNSTORABLE), ...awkward];
  const share = awkward.filter((_, at) => (at + place) % 11 === 0);
  const [half] = Object.entries(UNSTORABLE).slice(2 + (place % 3));
  return [['a NUL', UNSTORABLE['a NUL']], ...(half ? [half] : []), ...share];
}

/** An answer that breaks off, as a list does whose statement fails, is no better than a 5xx. */
const BROKE_OFF = 599;

async function send(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${stack.environment.API_KEY}`,
    ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...init.headers,
  };
  try {
    const response = await fetch(`${base}${path}`, { method, ...init, headers });
    // A stream of events goes on for as long as it is read.
    const isEndless = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (isEndless) await response.body?.cancel();
    return { status: response.status, text: isEndless ? '' : await response.text() };
  } catch (error) {
    return { status: BROKE_OFF, text: String(error) };
  }
}

/** One hostile text at one place of a call. */
interface Attack {
  call: string;
  what: string;
  place: string;
  run: () => Promise<Answer>;
  /** It must be refused, and its place named. */
  isNamed?: boolean;
}

/** Documents of others are kept as they come: what cannot be kept of them is no 422. */
const KEPT_AS_THEY_COME = ['POST /v1/receipts'];
/** Of several entries each has its own answer. */
const ONE_OR_MANY = ['POST /v1/notifications', 'POST /v1/submission-status'];

function attacksOn(
  method: string,
  template: string,
  { parameters = [], requestBody }: Operation,
  find: (ref: string) => Schema,
) {
  const call = `${method} ${template}`;
  const resource = template.split('/')[2] ?? '';
  const pathWith = (name = '', text = '') =>
    template.replace(/\{(\w+)\}/g, (_, one: string) =>
      encodeURIComponent(one === name ? text : (ids[one] ?? ids[resource] ?? '')),
    );
  const media = Object.entries(requestBody?.content ?? {});
  const [json] = media.filter(([type]) => type === 'application/json');
  const places = json ? placesOf(json[1].schema, find, json[1].example) : [];
  const body = places[0] && JSON.stringify(places[0].body);
  const attacks: Attack[] = [];
  for (const { name, in: where } of parameters)
    for (const [what, text] of textsFor(attacks.length)) {
      // Nothing but a body can hold half a character, and a header only what is printed.
      const sent = Buffer.from(text.slice(0, where === 'header' ? 4_000 : 10_000)).toString();
      if (where === 'header' && /[^\t\x20-\x7e\x80-\xff]/.test(sent)) continue;
      const path =
        where === 'query'
          ? `${pathWith()}?${name}=${encodeURIComponent(sent)}`
          : pathWith(where === 'path' ? name : '', sent);
      const headers = where === 'header' ? { [name]: sent } : {};
      const run = () => send(method, path, { body, headers });
      attacks.push({
        call,
        what,
        place: `${where} ${name}`,
        run,
        isNamed: where === 'query' && sent.includes('\0'),
      });
    }
  for (const { path, body: fitting } of places)
    for (const [what, text] of textsFor(attacks.length)) {
      const hostile = JSON.stringify(withAt(fitting, path, text));
      const pointer = `/${path.join('/')}`.replace(/\/$/, '');
      const isNamed = what in UNSTORABLE && !KEPT_AS_THEY_COME.includes(call) && !isInList(call, path);
      attacks.push({
        call,
        what,
        place: pointer,
        run: () => send(method, pathWith(), { body: hostile }),
        isNamed,
      });
    }
  for (const [type] of media.filter(([type]) => type !== 'application/json'))
    for (const [what, text] of textsFor(attacks.length))
      attacks.push({
        call,
        what,
        place: type,
        run: () => send(method, pathWith(), { body: text, headers: { 'content-type': type } }),
      });
  return attacks;
}

function isInList(call: string, [head]: (string | number)[]): boolean {
  return ONE_OR_MANY.includes(call) && typeof head === 'number';
}

it('no text in any parameter or member of any route is answered with a 5xx, and what cannot be kept is named by its pointer', async () => {
  const { body: document } = await stack.api<{
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, Schema> };
  }>('GET', '/docs/openapi.json');
  const find = (ref: string): Schema => document.components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
  const attacks = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) =>
      attacksOn(method.toUpperCase(), path, operation, find),
    ),
  );
  const failed: string[] = [];
  for (const { call, what, place, run, isNamed } of attacks) {
    const { status, text } = await run();
    if (status >= 500) failed.push(`${status} ${call} ${place}: ${what}`);
    else if (isNamed && (status !== 422 || !placesNamed(text).includes(place)))
      failed.push(`${status} ${call} ${place}: ${what}, and its place is not named: ${text.slice(0, 200)}`);
  }
  expect(failed).toEqual([]);
  expect(attacks.length).toBeGreaterThan(900);
  proved(
    `${attacks.length} requests with hostile texts to ${Object.keys(document.paths).length} paths: no 5xx`,
  );
});

/** As an attack calls its place. */
function placesNamed(problem: string): string[] {
  const { errors = [] } = JSON.parse(problem) as {
    errors?: { pointer?: string; parameter?: string; in?: string }[];
  };
  return errors.map(({ pointer, parameter, in: where }) => pointer ?? `${where} ${parameter}`);
}

it('a page answers a NUL in any field of its address or its forms with a page that names the field', async () => {
  const visitor = new Visitor(stack);
  await visitor.signIn(stack.environment.API_KEY ?? '');
  const { notifications, submission, quarantine, remediations, suppressions } = ids;
  const addresses = [
    ...['need', 'template', 'reason', 'batch', 'incident', 'since', 'until', 'taxReturn'].flatMap((field) => [
      `/ops?${field}=`,
      `/ops/resend?all=yes&${field}=`,
    ]),
    ...['kind', 'reason', 'taxReturn'].map((field) => `/ops/quarantine?${field}=`),
    '/ops/submissions?scope=',
    '/ops/service-level?last=',
    '/ops/submissions?after=',
    '/preview/accepted/typical?lang=',
    '/sign-in?next=',
  ];
  for (const address of addresses)
    for (const text of ['%00', 'a%00b', '%ED%A0%80', '%C0%AF', '%']) {
      const { status } = await visitor.look(`${address}${text}`);
      expect([address, text, status < 500]).toEqual([address, text, true]);
    }
  const refused = await visitor.look('/ops?incident=a%00b');
  expect([refused.status, textOf(refused.body)]).toEqual([
    422,
    expect.stringContaining('incident: holds a NUL'),
  ]);

  const filled = {
    id: randomUUID(),
    why: 'said',
    reason: 'said',
    context: 'said',
    evidence: 'said',
    text: 'said',
    kind: 'notification',
    target: notifications ?? '',
    template: 'rejected',
    outcome: 'helped',
    resolution: 'arrived',
    cap: '10',
    all: 'yes',
  };
  const forms = [
    `/ops/notifications/${notifications}/resolution`,
    '/ops/resend',
    '/ops/pauses',
    '/ops/pauses/end',
    '/ops/quarantine/replays',
    `/ops/quarantine/${quarantine}/dismiss`,
    '/ops/notes',
    `/ops/submissions/${submission}/remediations`,
    `/ops/submissions/${submission}/duplicates`,
    `/ops/remediations/${remediations}/unsuccessful`,
    `/ops/suppressions/${suppressions}/lift`,
    '/preview/accepted/typical/test-mails',
  ];
  const form = await visitor.token('/ops');
  for (const action of forms)
    for (const field of Object.keys(filled)) {
      const sent = await visitor.send(action, { ...filled, form, [field]: 'a\0b' });
      expect([action, field, sent.status, textOf(sent.body)]).toEqual([
        action,
        field,
        422,
        expect.stringContaining(`/${field}: holds a NUL`),
      ]);
    }
});

it('the terminal says what is wrong with a text that cannot be kept, and ends as for any that is called wrongly', async () => {
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  const call = (args: string[], input?: string) => receipt(args, { DATABASE_URL, ENCRYPTION_KEYS }, input);
  const { notifications = '', submissions = '' } = ids;
  for (const text of ['a\0b', 'a\ud83d'])
    for (const [what, args] of [
      ['--incident', ['resend', '--incident', text, '--dry-run']],
      ['--reason', ['resend', notifications, '--reason', text]],
      ['--context', ['remediate', 'add', submissions, '--context', text]],
      ['--evidence', ['remediate', 'add', submissions, '--context', 'said', '--evidence', text]],
      ['Argument 4', ['note', 'notification', notifications, text]],
      ['Argument 2', ['why', text]],
    ] as const)
      expect([args, await call([...args])]).toEqual([
        args,
        {
          code: 2,
          stdout: '',
          stderr: expect.stringMatching(
            `^${what} holds (a NUL|half a character), which cannot be kept`,
          ) as string,
        },
      ]);
  const list = `${submissions}\na\0b\n`;
  const read = await call(['remediate', 'from-list', '-', '--context', 'said', '--evidence', 'a list'], list);
  expect(read).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^This is no list: .*bytes/),
  });
});
