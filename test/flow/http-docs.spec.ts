import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { answerOf, ProblemError, returnReceiptClient } from '#libs/client/index.js';
import { MESSAGES } from '#libs/notifications/index.js';
import { aReturn } from '../support/make.js';
import { sesBounce } from '../support/ses.js';
import { Stack } from '../support/stack.js';

interface Answers {
  content?: Record<string, { schema: object }>;
}
interface Operation {
  summary?: string;
  responses: Record<string, Answers>;
}
interface Document {
  openapi: string;
  info: { description: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

let stack: Stack;
let document: Document;
beforeAll(async () => {
  stack = await Stack.start('docs', {
    settings: { CALL_BACK_HOSTS: 'called.example.gov', CALL_BACK_EVERY: '7d' },
  });
  document = (await stack.api<Document>('GET', '/docs/openapi.json', undefined, { authorization: '' })).body;
});

/** Every route of the running service that programs call. */
function routes(): string[] {
  // Express keeps them where its types do not look.
  const express: unknown = stack.app.getHttpAdapter().getInstance();
  const { stack: layers } = (express as { router: { stack: Layer[] } }).router;
  return layers.flatMap(({ route }) =>
    route && /^\/(v1|health|metrics)/.test(route.path)
      ? Object.keys(route.methods).map((method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`)
      : [],
  );
}

describe('the OpenAPI document', () => {
  it('has every route, each with a summary, the schema of its answer and its problems', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
    );
    expect(routes().length).toBeGreaterThan(10);
    expect(operations.map(({ name }) => name).sort()).toEqual(routes().sort());
    const poor = operations.filter(({ summary, responses }) => {
      const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      return (
        !summary ||
        good.length === 0 ||
        !good.every(([, { content = {} }]) => Object.values(content).every(({ schema }) => schema)) ||
        !responses['503']?.content?.['application/problem+json']
      );
    });
    expect(poor.map(({ name }) => name)).toEqual([]);
  });

  it('is what the client in libs/client was generated from: npm run client', () => {
    const { stdout } = spawnSync('node_modules/.bin/openapi-typescript', [], {
      input: JSON.stringify(document),
      encoding: 'utf8',
    });
    expect(stdout).toBe(readFileSync('libs/client/src/api.types.ts', 'utf8'));
  });

  it('is kept by what the service really answers, to the last member', async () => {
    const { taxReturnId, submissionId } = await aReturn(stack);
    const notification = { taxReturnId, template: 'reminder-state', occurrence: 'docs' };
    const { body: asked } = await stack.api<{ id: string }>('POST', '/v1/notifications', notification);
    await stack.api('POST', '/v1/submission-status', { taxReturnId: randomUUID(), status: 'accepted' });
    const [parked] = await stack.sql<{ id: string }>('SELECT id FROM quarantine');
    const act = { context: 'sent on paper' };
    const { body: mended } = await stack.api<{ id: string }>(
      'POST',
      `/v1/submissions/${submissionId}/remediations`,
      act,
    );
    await stack.idle();
    const bounce = sesBounce({ id: asked.id, email: 'ana@example.com' });
    await stack.api('POST', '/v1/receipts', bounce);
    const [suppression] = await stack.sql<{ id: string }>('SELECT id FROM suppressions');
    const lift = `/v1/suppressions/${suppression?.id}/lift`;
    const again = { reason: 'x', n: 1, override: ['already-told'] };
    const sendAgain = { resolution: 'send-again', reason: 'x' };
    const list = { action: 'error-resolved', filter: { failureCategory: 'validation' } };
    const { body: batch } = await stack.api<{ id: string }>('POST', '/v1/batches', list);
    const said = { reason: 'x' };
    const calls: [string, string, string, unknown?][] = [
      ['PUT', '/v1/tax-returns/{id}', `/v1/tax-returns/${taxReturnId}`, {}],
      ['PUT', '/v1/tax-returns/{id}/submissions/{key}', `/v1/tax-returns/${taxReturnId}/submissions/s1`, {}],
      [
        'PUT',
        '/v1/submissions/{id}/rejection-codes',
        `/v1/submissions/${submissionId}/rejection-codes`,
        [{ MeFErrorCode: 'A-1' }],
      ],
      [
        'POST',
        '/v1/submission-status',
        '/v1/submission-status',
        [{ taxReturnId, submissionId, status: 'rejected' }, {}],
      ],
      ['POST', '/v1/notifications', '/v1/notifications', notification],
      ['POST', '/v1/notifications', '/v1/notifications', [notification, {}]],
      ['GET', '/v1/notifications', `/v1/notifications?taxReturnId=${taxReturnId}&limit=1`],
      ['GET', '/v1/notifications/{id}', `/v1/notifications/${asked.id}`],
      ['GET', '/v1/tax-returns/{id}/status', `/v1/tax-returns/${taxReturnId}/status`],
      ['GET', '/v1/tax-returns/{id}/status/events', `/v1/tax-returns/${randomUUID()}/status/events`],
      ['GET', '/v1/tax-returns/{id}/eligibility', `/v1/tax-returns/${taxReturnId}/eligibility`],
      ['POST', '/v1/statuses', '/v1/statuses', [taxReturnId, randomUUID()]],
      [
        'GET',
        '/v1/state-api/status/{taxYear}/{taxReturnId}/{submissionId}',
        `/v1/state-api/status/2025/${taxReturnId}/${submissionId}`,
      ],
      ['GET', '/v1/state-api/xml/{taxReturnId}', `/v1/state-api/xml/${taxReturnId}`],
      ['GET', '/v1/submissions/{id}', `/v1/submissions/${submissionId}`],
      ['GET', '/v1/submissions/{id}/status', `/v1/submissions/${submissionId}/status`],
      ['GET', '/v1/submissions/{id}/duplicates', `/v1/submissions/${submissionId}/duplicates`],
      ['POST', '/v1/submissions/{id}/duplicates', `/v1/submissions/${submissionId}/duplicates`, act],
      ['POST', '/v1/submissions/{id}/remediations', `/v1/submissions/${submissionId}/remediations`, act],
      [
        'POST',
        '/v1/remediations',
        '/v1/remediations',
        { ...act, ids: [submissionId, '0'], evidence: 'list' },
      ],
      ['POST', '/v1/remediations/{id}/unsuccessful', `/v1/remediations/${mended.id}/unsuccessful`, act],
      ['GET', '/v1/audit', '/v1/audit'],
      ['GET', '/v1/service-level', '/v1/service-level'],
      ['GET', '/v1/service-level', '/v1/service-level?from=2026-02-30'],
      ['GET', '/v1/audit/trail', '/v1/audit/trail?limit=1'],
      ['GET', '/v1/tax-returns/{id}/timeline', `/v1/tax-returns/${taxReturnId}/timeline`],
      ['GET', '/v1/quarantine', '/v1/quarantine'],
      ['POST', '/v1/quarantine/{id}/replay', `/v1/quarantine/${parked?.id}/replay`, { reason: 'x' }],
      ['POST', '/v1/quarantine/{id}/replay', `/v1/quarantine/${parked?.id}/replay`],
      ['POST', '/v1/receipts', '/v1/receipts', bounce],
      ['POST', '/v1/receipts', '/v1/receipts', {}],
      ['GET', '/v1/suppressions', '/v1/suppressions'],
      ['POST', '/v1/suppressions/{id}/lift', lift, { reason: 'mended' }],
      ['POST', '/v1/suppressions/{id}/lift', lift, {}],
      [
        'POST',
        '/v1/quarantine/replays',
        '/v1/quarantine/replays',
        { filter: { kind: 'refused' }, reason: 'x' },
      ],
      [
        'POST',
        '/v1/quarantine/replays',
        '/v1/quarantine/replays',
        { filter: { kind: 'refused' }, dryRun: true },
      ],
      ['POST', '/v1/quarantine/{id}/dismiss', `/v1/quarantine/${parked?.id}/dismiss`, { reason: 'x' }],
      ['GET', '/v1/quarantine.csv', '/v1/quarantine.csv'],
      ['POST', '/v1/notifications/{id}/resend', `/v1/notifications/${asked.id}/resend`, { reason: 'x' }],
      ['POST', '/v1/notifications/{id}/resend', `/v1/notifications/${asked.id}/resend`, again],
      ['POST', '/v1/notifications/{id}/resolution', `/v1/notifications/${asked.id}/resolution`, sendAgain],
      ['POST', '/v1/resends', '/v1/resends', { filter: { taxReturnId }, dryRun: true }],
      ['POST', '/v1/pauses', '/v1/pauses', { template: 'rejected', reason: 'x' }],
      ['GET', '/v1/pauses', '/v1/pauses'],
      ['DELETE', '/v1/pauses/{template}', '/v1/pauses/rejected', { reason: 'x' }],
      ['GET', '/v1/tax-returns/{id}/why', `/v1/tax-returns/${taxReturnId}/why`],
      ['POST', '/v1/notes', '/v1/notes', { kind: 'notification', target: asked.id, text: 'x' }],
      ['GET', '/v1/notes', `/v1/notes?kind=notification&target=${asked.id}`],
      ['GET', '/v1/notifications.csv', '/v1/notifications.csv'],
      ['GET', '/v1/submissions.csv', '/v1/submissions.csv?scope=in-process'],
      ['GET', '/v1/suppressions.csv', '/v1/suppressions.csv'],
      ['GET', '/v1/unreachable', '/v1/unreachable'],
      ['GET', '/v1/unreachable.csv', '/v1/unreachable.csv'],
      ['GET', '/v1/audit-trail.csv', '/v1/audit-trail.csv'],
      ['POST', '/v1/batches', '/v1/batches', { ...list, incident: 'x' }],
      ['POST', '/v1/batches', '/v1/batches', {}],
      ['POST', '/v1/imports', '/v1/imports?context=c', {}],
      ['GET', '/v1/batches', '/v1/batches?limit=1'],
      ['POST', '/v1/batches/{id}/rate', `/v1/batches/${batch.id}/rate`, { ...said, rate: 7 }],
      ...['start', 'pause', 'resume', 'abort'].map((verb): [string, string, string, unknown] => [
        'POST',
        `/v1/batches/{id}/${verb}`,
        `/v1/batches/${batch.id}/${verb}`,
        said,
      ]),
      [
        'POST',
        '/v1/batches/{id}/approve',
        `/v1/batches/${batch.id}/approve`,
        { ...said, seen: '0'.repeat(16) },
      ],
      ['GET', '/v1/batches/{id}/samples', `/v1/batches/${batch.id}/samples`],
      ['GET', '/v1/batches/{id}', `/v1/batches/${batch.id}`],
      ['GET', '/v1/batches/{id}', `/v1/batches/${randomUUID()}`],
      ['GET', '/v1/batches/{id}/results.csv', `/v1/batches/${batch.id}/results.csv`],
      ['GET', '/v1/batches/{id}/remaining.csv', `/v1/batches/${batch.id}/remaining.csv`],
      ['GET', '/v1/events', '/v1/events?limit=1'],
      ['GET', '/v1/events', '/v1/events?from=now'],
      ['PUT', '/v1/call-backs/{name}', '/v1/call-backs/docs', { url: 'https://called.example.gov/' }],
      ['PUT', '/v1/call-backs/{name}', '/v1/call-backs/docs', { url: 'https://called.example.gov/' }],
      ['GET', '/v1/call-backs', '/v1/call-backs'],
      ['GET', '/v1/call-backs/{name}', '/v1/call-backs/docs'],
      ['GET', '/v1/call-backs/{name}/asides', '/v1/call-backs/docs/asides'],
      ['POST', '/v1/call-backs/{name}/secret', '/v1/call-backs/docs/secret', said],
      ['POST', '/v1/call-backs/{name}/resume', '/v1/call-backs/docs/resume', said],
      ['POST', '/v1/call-backs/{name}/replay', '/v1/call-backs/docs/replay', { ...said, after: 'ZS4wLjA' }],
      ['DELETE', '/v1/call-backs/{name}', '/v1/call-backs/docs', said],
      ['DELETE', '/v1/tax-returns/{id}/data', `/v1/tax-returns/${taxReturnId}/data`, said],
      ['GET', '/health/live', '/health/live'],
      ['GET', '/health/ready', '/health/ready'],
      ['GET', '/metrics', '/metrics'],
      ['GET', '/v1/notifications/{id}', `/v1/notifications/${randomUUID()}`],
      ['GET', '/v1/notifications', '/v1/notifications?limit=0'],
    ];
    const wrong: unknown[] = [];
    for (const [method, route, path, body] of calls) {
      const answer = await stack.api(method, path, body);
      const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
      const schema =
        document.paths[route]?.[method.toLowerCase()]?.responses[answer.status]?.content?.[type]?.schema;
      const problems = schema ? problemsOf(schema, answer.body) : [`nothing is said of ${answer.status}`];
      if (problems.length > 0) wrong.push({ call: `${method} ${path}`, problems });
    }
    expect(wrong).toEqual([]);
    expect(new Set(calls.map(([method, route]) => `${method.toLowerCase()} ${route}`)).size).toBe(
      routes().length,
    );
  });

  it('leads to the schema of every queue message', async () => {
    for (const { name } of MESSAGES) {
      const path = `/docs/schemas/${name}.json`;
      expect(document.info.description).toContain(path);
      const schema = await stack.api('GET', path, undefined, { authorization: '' });
      expect(schema.body).toMatchObject({ title: name });
    }
  });
});

/** With members that nobody declared as problems. */
function problemsOf(schema: object, body: unknown): unknown[] {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  formats.default(ajv);
  ajv.addSchema({ $id: 'document', components: strict(document.components) as object });
  const located = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object;
  const validate = ajv.compile(located);
  return validate(body) ? [] : (validate.errors ?? []);
}

function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, strict(member)]));
  const isOpen = 'properties' in value && 'type' in value && !('additionalProperties' in value);
  return isOpen ? { ...members, additionalProperties: false } : members;
}

describe('/docs', () => {
  it('is a page that loads nothing from anybody else', async () => {
    const page = await stack.api<string>('GET', '/docs', undefined, {
      authorization: '',
      accept: 'text/html',
    });
    expect(page.status).toBe(200);
    const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
    expect(loaded.length).toBeGreaterThan(2);
    expect(loaded.filter((url) => !url.startsWith('./'))).toEqual([]);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

describe('the typed client', () => {
  it('calls the service, and throws the problem that it answers', async () => {
    const client = returnReceiptClient({
      url: await stack.app.getUrl(),
      key: stack.environment.API_KEY ?? '',
    });
    const id = randomUUID();
    const put = client.PUT('/v1/tax-returns/{id}', { params: { path: { id } }, body: { language: 'es' } });
    expect(await answerOf(put)).toEqual({ taxReturnId: id, created: true });
    const unknown = answerOf(client.GET('/v1/tax-returns/{id}/status', { params: { path: { id } } }));
    await expect(unknown).rejects.toThrow(ProblemError);
    await expect(unknown).rejects.toMatchObject({ problem: { status: 404, type: '/problems/not-found' } });
  });
});
