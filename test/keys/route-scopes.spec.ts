import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Express } from 'express';
import { beforeAll, describe, expect, it } from 'vitest';
import { KeyService, SCOPES } from '#libs/keys/index.js';
import type { Scope } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { runFolder } from '../support/run-folder.js';
import { Stack } from '../support/stack.js';

/** What each route asks of its caller. A route that is not here fails the test, whoever adds it. */
const ROUTES: Record<string, Scope | 'no key'> = {
  'PUT /v1/tax-returns/:id': 'enqueue',
  'PUT /v1/tax-returns/:id/submissions/:key': 'enqueue',
  'GET /v1/tax-returns/:id/status': 'status',
  'GET /v1/tax-returns/:id/status/events': 'status',
  'GET /v1/tax-returns/:id/eligibility': 'status',
  'GET /v1/submissions/:id': 'read',
  'GET /v1/submissions/:id/status': 'status',
  'POST /v1/statuses': 'status',
  'GET /v1/state-api/status/:taxYear/:taxReturnId/:submissionId': 'status',
  'GET /v1/state-api/xml/:taxReturnId': 'status',
  'PUT /v1/submissions/:id/rejection-codes': 'enqueue',
  'POST /v1/submission-status': 'enqueue',
  'POST /v1/notifications': 'enqueue',
  'GET /v1/notifications': 'read',
  'GET /v1/notifications/:id': 'read',
  'DELETE /v1/tax-returns/:id/data': 'operate',
  'GET /v1/tax-returns/:id/timeline': 'read',
  'POST /v1/submissions/:id/remediations': 'operate',
  'GET /v1/submissions/:id/duplicates': 'read',
  'POST /v1/submissions/:id/duplicates': 'operate',
  'POST /v1/imports': 'operate',
  'POST /v1/remediations': 'operate',
  'POST /v1/remediations/:id/unsuccessful': 'operate',
  'GET /v1/audit': 'read',
  'GET /v1/audit/trail': 'read',
  'GET /v1/service-level': 'read',
  'GET /v1/quarantine': 'operate',
  'POST /v1/quarantine/:id/replay': 'operate',
  'POST /v1/quarantine/:id/dismiss': 'operate',
  'POST /ops/quarantine/:id/dismiss': 'operate',
  'POST /v1/receipts': 'receipts',
  'GET /v1/suppressions': 'operate',
  'POST /v1/suppressions/:id/lift': 'operate',
  'POST /v1/quarantine/replays': 'operate',
  'GET /v1/quarantine.csv': 'operate',
  'GET /v1/notifications.csv': 'read',
  'GET /v1/submissions.csv': 'read',
  'GET /v1/suppressions.csv': 'operate',
  'GET /v1/unreachable': 'read',
  'GET /v1/unreachable.csv': 'read',
  'GET /v1/audit-trail.csv': 'read',
  'POST /v1/notifications/:id/resend': 'operate',
  'POST /v1/notifications/:id/resolution': 'operate',
  'POST /v1/resends': 'operate',
  'POST /v1/batches': 'operate',
  'GET /v1/batches': 'operate',
  'GET /v1/batches/:id': 'operate',
  'GET /v1/batches/:id/samples': 'mails',
  'GET /v1/batches/:id/results.csv': 'operate',
  'GET /v1/batches/:id/remaining.csv': 'operate',
  'POST /v1/batches/:id/approve': 'operate',
  'POST /v1/batches/:id/start': 'operate',
  'POST /v1/batches/:id/pause': 'operate',
  'POST /v1/batches/:id/resume': 'operate',
  'POST /v1/batches/:id/abort': 'operate',
  'POST /v1/batches/:id/rate': 'operate',
  'GET /v1/events': 'read',
  'GET /v1/call-backs': 'operate',
  'PUT /v1/call-backs/:name': 'operate',
  'GET /v1/call-backs/:name': 'operate',
  'DELETE /v1/call-backs/:name': 'operate',
  'GET /v1/call-backs/:name/asides': 'operate',
  'POST /v1/call-backs/:name/secret': 'operate',
  'POST /v1/call-backs/:name/resume': 'operate',
  'POST /v1/call-backs/:name/replay': 'operate',
  'GET /v1/pauses': 'read',
  'POST /v1/pauses': 'operate',
  'DELETE /v1/pauses/:template': 'operate',
  'GET /v1/tax-returns/:id/why': 'read',
  'GET /v1/notes': 'read',
  'POST /v1/notes': 'operate',
  'GET /preview': 'preview',
  'GET /preview/checks': 'preview',
  'GET /preview/notifications/:id': 'mails',
  'GET /preview/:template/:sample': 'preview',
  'GET /preview/:template/:sample/compare': 'preview',
  'POST /preview/:template/:sample/test-mails': 'preview',
  'GET /ops': 'read',
  'GET /ops/audit': 'read',
  'GET /ops/service-level': 'read',
  'GET /ops/tax-returns/:id': 'read',
  'GET /ops/notifications/:id': 'read',
  'POST /ops/notifications/:id/resolution': 'operate',
  'GET /ops/resend': 'operate',
  'POST /ops/resend': 'operate',
  'POST /ops/pauses': 'operate',
  'POST /ops/pauses/end': 'operate',
  'GET /ops/quarantine': 'operate',
  'GET /ops/quarantine/:id': 'operate',
  'POST /ops/quarantine/replays': 'operate',
  'POST /ops/notes': 'operate',
  'GET /ops/submissions': 'read',
  'GET /ops/submissions/:id': 'read',
  'POST /ops/submissions/:id/remediations': 'operate',
  'POST /ops/submissions/:id/duplicates': 'operate',
  'GET /ops/remediations/:id': 'read',
  'POST /ops/remediations/:id/unsuccessful': 'operate',
  'GET /ops/unreachable': 'read',
  'GET /ops/suppressions': 'operate',
  'GET /ops/suppressions/:id': 'operate',
  'POST /ops/suppressions/:id/lift': 'operate',
  'GET /ops/batches': 'operate',
  'POST /ops/batches': 'operate',
  'POST /ops/batches/found': 'operate',
  'GET /ops/batches/:id': 'operate',
  'GET /ops/batches/:id/progress': 'operate',
  'GET /ops/batches/:id/mails': 'operate',
  'GET /ops/batches/:id/samples/:number': 'mails',
  'GET /ops/batches/:id/results.csv': 'operate',
  'GET /ops/batches/:id/remaining.csv': 'operate',
  'POST /ops/batches/:id/moves': 'operate',
  'POST /ops/batches/:id/approval': 'operate',
  'POST /ops/batches/:id/rate': 'operate',
  'GET /ops/call-backs': 'operate',
  'GET /ops/call-backs/:name': 'operate',
  'POST /ops/call-backs/:name/resume': 'operate',
  'POST /ops/call-backs/:name/replay': 'operate',
  'GET /': 'no key',
  'GET /sign-in': 'no key',
  'POST /sign-in': 'no key',
  'POST /sign-out': 'no key',
  'GET /health/live': 'no key',
  'GET /health/ready': 'no key',
  'GET /metrics': 'no key',
};
/** The interface's own description is open, whatever pages it has. */
const DOCUMENTATION = /^GET \/(docs|problems)/;

interface Answer {
  status: number;
  body: { detail?: string };
}

let stack: Stack;
/** A key for each scope, with that scope alone; and keys that nobody may call with. */
let keys: Record<Scope, string>;
let wrongKeys: Record<string, string>;

beforeAll(async () => {
  stack = await Stack.start('route-scopes', {
    worker: false,
    settings: { FAILED_KEYS_PER_MINUTE: '10000', API_KEY: '', TEMPLATES_DIR: oneTemplate() },
  });
  const service = new KeyService(stack.app.get(PrismaService));
  const make = async (name: string, scopes: Scope[], lifetime?: number) =>
    service.create({ name, scopes, lifetime });
  const made = await Promise.all(
    SCOPES.map(async (scope) => [scope, (await make(scope, [scope])).key] as const),
  );
  keys = Object.fromEntries(made) as Record<Scope, string>;
  const revoked = await make('revoked', [...SCOPES]);
  await service.revoke(revoked.id);
  wrongKeys = {
    'a word': 'wrong',
    'the secret of another key': `${keys.read.slice(0, 16)}${keys.operate.slice(16)}`,
    'an id that nobody has': `rr_000000000000${keys.read.slice(15)}`,
    'an expired key': (await make('expired', [...SCOPES], -1)).key,
    'a revoked key': revoked.key,
  };
});

describe('routes', () => {
  it('are all in the table, and the table has no others', () => {
    expect(servedRoutes().sort()).toEqual(Object.keys(ROUTES).sort());
  });

  describe.each(Object.entries(ROUTES))('%s', (route, needed) => {
    it(
      needed === 'no key' ? 'is open' : `asks for a key with the scope ${needed}, and only that`,
      async () => {
        const without = await call(route, {});
        if (needed === 'no key') return expect(without.status).toBe(openAnswer(route));
        expect([without.status, without.body.detail]).toEqual([401, expect.stringContaining('Bearer KEY')]);
        for (const [why, key] of Object.entries(wrongKeys))
          expect([why, (await call(route, bearer(key))).status]).toEqual([why, 401]);
        for (const scope of SCOPES) {
          const { status, body } = await call(route, bearer(keys[scope]));
          if (scope === needed) expect([scope, served(status)]).toEqual([scope, true]);
          else
            expect([scope, status, body.detail]).toEqual([
              scope,
              403,
              expect.stringContaining(`"${needed}"`),
            ]);
        }
      },
    );
  });
});

/** One mail in one language: to check all of them takes its time, and here nobody looks at what comes out. */
function oneTemplate(): string {
  const folder = mkdtempSync(join(runFolder(), 'templates-'));
  const others = /^(es|(error|non|rejected|reminder|submission|submitted)\b.*)$/;
  cpSync('templates', folder, { recursive: true, filter: (path) => !others.test(basename(path)) });
  return folder;
}

/** Every route that Express has, as `METHOD /path`. */
function servedRoutes(): string[] {
  const { router }: Express = stack.app.getHttpAdapter().getInstance();
  return router.stack
    .flatMap(({ route }) =>
      route ? route.stack.map(({ method }) => `${method.toUpperCase()} ${route.path}`) : [],
    )
    .filter((route) => !DOCUMENTATION.test(route));
}

async function call(route: string, headers: Record<string, string>): Promise<Answer> {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replaceAll(/:\w+/g, () => randomUUID());
  return stack.api(method, path, method === 'GET' ? undefined : {}, { authorization: '', ...headers });
}

function bearer(key: string) {
  return { authorization: `Bearer ${key}` };
}

/** What a route without a key makes of a body that is no form. */
function openAnswer(route: string): number {
  return route.startsWith('GET') ? 200 : 415;
}

/** The call reached its controller, which may not like it: the ids are made up. */
function served(status: number): boolean {
  return status !== 401 && status !== 403 && status < 429;
}
