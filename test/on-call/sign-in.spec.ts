import { beforeAll, describe, expect, it } from 'vitest';
import { KeyRing, KeyService, KeySessions, SCOPES, SESSION_LIFE } from '#libs/keys/index.js';
import type { Scope } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { Stack } from '../support/stack.js';
import { Visitor } from '../support/visitor.js';

let stack: Stack;
let keys: KeyService;
beforeAll(async () => {
  stack = await Stack.start('sign-in', { worker: false });
  keys = new KeyService(stack.app.get(PrismaService));
});

async function signedIn(scopes: Scope[] = [...SCOPES]) {
  const { id, key } = await keys.create({ name: 'on-call', scopes });
  const visitor = new Visitor(stack);
  const visit = await visitor.signIn(key, '/preview');
  return { id, key, visitor, visit };
}

/** As a process finds a session that remembers no key of before. */
function afterRestart(settings: { API_KEY?: string }, session: string) {
  const prisma = stack.app.get(PrismaService);
  return new KeySessions(prisma, new KeyRing(prisma, settings)).find(session);
}

describe('who opens a page', () => {
  it('without a key is asked for one and then led to it', async () => {
    const visitor = new Visitor(stack);
    const asked = await visitor.look('/preview/checks?x=1');
    expect([asked.status, asked.location]).toEqual([303, '/sign-in?next=%2Fpreview%2Fchecks%3Fx%3D1']);
    expect(asked.headers.get('www-authenticate')).toBeNull();
    expect((await visitor.look(asked.location ?? '')).body).toContain('value="/preview/checks?x=1"');
    const { key } = await keys.create({ name: 'ops', scopes: ['preview'] });
    const visit = await visitor.signIn(key, '/preview/checks?x=1');
    expect([visit.status, visit.location]).toEqual([303, '/preview/checks?x=1']);
    expect((await visitor.look('/preview')).status).toBe(200);
  });

  it('as a program hears 401, and how to send a key', async () => {
    const answer = await stack.api('GET', '/preview', undefined, { authorization: '' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer, Basic realm="Return Receipt"',
    ]);
  });

  it('with a wrong key stays outside', async () => {
    const visitor = new Visitor(stack);
    const visit = await visitor.signIn('rr_000000000000_wrong');
    expect([visit.status, visit.headers.getSetCookie()]).toEqual([401, []]);
    expect(visit.body).toContain('unknown, expired or revoked');
  });
});

describe('a session', () => {
  it('lies in a cookie that no script reads, that other sites do not send with a form, and behind https only there', async () => {
    const { key, visit } = await signedIn();
    expect(visit.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^return-receipt=[^;]{40,}; Max-Age=${SESSION_LIFE / 1000}; Path=/; .*HttpOnly; SameSite=Lax$`,
        ),
      ),
    ]);
    const secure = await new Visitor(stack).send('/sign-in', { key }, { 'x-forwarded-proto': 'https' });
    expect(secure.headers.getSetCookie()[0]).toMatch(
      /^__Host-return-receipt=.*HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it('has the scopes of its key, on pages and everywhere else', async () => {
    const { visitor } = await signedIn(['read']);
    expect((await visitor.look('/v1/notifications', { accept: 'application/json' })).status).toBe(200);
    const refused = await visitor.look('/preview');
    expect([refused.status, refused.body]).toEqual([403, expect.stringContaining('&#34;preview&#34;')]);
  });

  it('ends with its key: revoked, or, for the key of the settings, changed', async () => {
    const { id, visitor } = await signedIn();
    const own = new Visitor(stack);
    await own.signIn(stack.environment.API_KEY ?? '');
    const settings = { API_KEY: stack.environment.API_KEY };
    expect(await afterRestart(settings, visitor.session)).toMatchObject({ holder: { id } });
    expect(await afterRestart(settings, own.session)).toMatchObject({ holder: { name: 'API_KEY' } });
    await keys.revoke(id);
    expect(await afterRestart(settings, visitor.session)).toBeUndefined();
    expect(await afterRestart({ API_KEY: 'another-key-of-the-settings' }, own.session)).toBeUndefined();
  });

  it('ends with the signing out, also where somebody copied the cookie', async () => {
    const { visitor } = await signedIn();
    const thief = visitor.copy();
    expect((await thief.look('/preview')).status).toBe(200);
    const out = await visitor.send('/sign-out', { form: await visitor.token('/preview') });
    expect([out.status, out.location]).toEqual([303, '/sign-in']);
    expect((await thief.look('/preview')).status).toBe(303);
  });

  it('ends when its time is over, and is forgotten at the next signing in', async () => {
    const { id, visitor } = await signedIn();
    await stack.sql(`UPDATE key_sessions SET expires_at = now() - interval '1 second' WHERE key_id = $1`, [
      id,
    ]);
    expect((await visitor.look('/preview')).status).toBe(303);
    await signedIn();
    expect(await stack.sql('SELECT id FROM key_sessions WHERE key_id = $1', [id])).toEqual([]);
  });

  it('cannot be made from what the database holds', async () => {
    const { id } = await signedIn();
    const [row] = await stack.sql<{ id: string }>('SELECT id FROM key_sessions WHERE key_id = $1', [id]);
    const forged = new Visitor(stack);
    expect((await forged.look('/preview', { cookie: `return-receipt=${id}.${row?.id}` })).status).toBe(303);
  });
});

describe('a form', () => {
  const path = '/preview/accepted/typical/test-mails';

  it.each([
    ['without the token', {}, {}],
    ['with the token of another session', { form: 'other' }, {}],
    ['from another site', { form: 'own' }, { 'sec-fetch-site': 'cross-site' }],
    [
      'from another origin, as old browsers say it',
      { form: 'own' },
      { 'sec-fetch-site': '', origin: 'https://e.example' },
    ],
  ])('%s is refused, and does nothing', async (_which, fields: { form?: string }, headers) => {
    const { visitor } = await signedIn();
    const tokens: Record<string, string> = {
      own: await visitor.token('/preview'),
      other: await (await signedIn()).visitor.token('/preview'),
    };
    const form = tokens[fields.form ?? ''];
    const given = { to: 'colleague@example.org', ...(form ? { form } : {}) };
    const sent = await visitor.send(path, given, headers);
    expect([sent.status, sent.body]).toEqual([
      403,
      expect.stringMatching(/not of your session|another site/),
    ]);
    expect(await stack.sql('SELECT id FROM test_mails')).toEqual([]);
    // Signing out counts too: nobody is thrown out by a link.
    expect((await visitor.send('/sign-out', form ? { form } : {}, headers)).status).toBe(403);
    expect((await visitor.look('/preview')).status).toBe(200);
  });

  it('whose session is over is not sent, and says where to sign in', async () => {
    const { visitor } = await signedIn();
    const form = await visitor.token('/preview');
    await visitor.send('/sign-out', { form });
    const sent = await visitor.send(path, { form }, { referer: 'http://127.0.0.1/preview/accepted/typical' });
    expect([sent.status, sent.body]).toEqual([
      401,
      expect.stringContaining('/sign-in?next=%2Fpreview%2Faccepted%2Ftypical'),
    ]);
  });
});

it('nobody is led to another site', async () => {
  const { key } = await keys.create({ name: 'ops', scopes: ['preview'] });
  for (const next of ['https://e.example', '//e.example', '/.//e.example', '/\\e.example'])
    expect([next, (await new Visitor(stack).signIn(key, next)).location]).toEqual([next, '/ops']);
});
