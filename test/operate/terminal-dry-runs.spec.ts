import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Command } from 'commander';
import { terminal } from '#apps/cli/src/receipt.js';
import { KeyService } from '#libs/keys/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { aLostReturn, aName, aReturn, aSuppression } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { receipt } from '../support/terminal.js';
import { mailsOf, say } from './mails.js';

let stack: Stack;
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('terminal-dry-runs', { worker: false });
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS };
});

const call = (...args: string[]) => receipt(args, settings);

/** All that the database holds, jobs and trail included: a digest for each table. */
async function everything(): Promise<Record<string, string>> {
  const tables = await stack.sql<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const digests = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS name, md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) AS digest FROM ${name} t`,
  );
  const rows = await stack.sql<{ name: string; digest: string }>(digests.join(' UNION ALL '));
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
}

/** The id of a mail that is in a state, as if a worker had brought it there. */
async function aMail(state: string): Promise<string> {
  const owner = await aReturn(stack);
  await say(stack, owner, 'rejected');
  const [mail] = await mailsOf(stack, owner);
  await stack.sql('UPDATE notifications SET state = $2::notification_state WHERE id = $1', [mail?.id, state]);
  return mail?.id ?? '';
}

async function parked(): Promise<string> {
  const { taxReturnId, submissionId } = aName();
  await stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status: 'submitted' });
  const [row] = await stack.sql<{ id: string }>('SELECT id FROM quarantine WHERE tax_return_id = $1', [
    taxReturnId,
  ]);
  return row?.id ?? '';
}

/** Ids of a submission that was lost, and of what somebody did for it. */
async function remediated(asked: object = {}): Promise<{ submissionId: string; id: string }> {
  const { submissionId } = await aLostReturn(stack);
  const path = `/v1/submissions/${submissionId}/remediations`;
  const { body } = await stack.api<{ id: string }>('POST', path, { context: 'sent on paper', ...asked });
  return { submissionId, id: body.id };
}

/** Two mails of a template that wait for nothing. */
async function twoDue(template: string): Promise<string> {
  await stack.sql(
    `INSERT INTO notifications (id, tax_return_id, template, occurrence, source, due_at)
     SELECT gen_random_uuid(), gen_random_uuid(), $1, 'x', 'x', now() FROM generate_series(1, 2)`,
    [template],
  );
  return template;
}

const why = ['--reason', 'as foreseen', '--as', 'Ana'];
const context = ['--context', 'as foreseen', '--as', 'Ana'];

interface Case {
  /** Makes what is acted on. @returns how the act is called, without its reason. */
  act: () => Promise<string[]>;
  reason: string[];
  /** What the dry run says. */
  foresees: RegExp;
  /** What the act says, by which it did that. */
  says: RegExp;
}

const CASES: Record<string, Case> = {
  erase: {
    act: async () => {
      const owner = await aReturn(stack);
      await say(stack, owner, 'rejected');
      return ['erase', owner.taxReturnId];
    },
    reason: why,
    foresees:
      /^Would erase what is kept of the return, of 1 mail \(1 of them not sent yet, and now never will be\) and of 0 messages/m,
    says: /^Erased: what is kept of the return, of 1 mail \(1 of them not sent yet/m,
  },
  pause: {
    act: async () => ['pause', await twoDue('reminder-state')],
    reason: why,
    foresees: /^Would pause reminder-state: 2 mails would wait\.$/m,
    says: /^Paused: reminder-state\.$/m,
  },
  resume: {
    act: async () => {
      await stack.sql(`INSERT INTO pauses (template, actor, reason) VALUES ('reminder-submit', 'a', 'b')`);
      return ['resume', await twoDue('reminder-submit')];
    },
    reason: why,
    foresees: /^Would resume reminder-submit: 2 mails that wait would be queued\.$/m,
    says: /^Resumed: reminder-submit\. 2 mails that waited are queued\.$/m,
  },
  'resolve arrived': {
    act: async () => ['resolve', await aMail('unknown'), 'arrived', '--evidence', '02:14 queued as 4XyZ'],
    reason: why,
    foresees: /^Would resolve mail [\w-]+: the taxpayer would count as told\.$/m,
    says: /^The taxpayer counts as told\.$/m,
  },
  'resolve send-again': {
    act: async () => ['resolve', await aMail('unknown'), 'send-again'],
    reason: why,
    foresees: /: it would be sent again, under the same Message-ID\.$/m,
    says: /^The mail is sent again, under the same Message-ID\.$/m,
  },
  'suppressions lift': {
    act: async () => ['suppressions', 'lift', (await aSuppression(stack)).id],
    reason: why,
    foresees: /^Would lift suppression [\w-]+: mails would go to its address again/m,
    says: /^Lifted\./m,
  },
  'quarantine dismiss': {
    act: async () => ['quarantine', 'dismiss', await parked(), await parked()],
    reason: why,
    foresees: /^Would dismiss 2 of 2\.$/m,
    says: /^2 of 2 dismissed\.$/m,
  },
  'remediate add': {
    act: async () => ['remediate', 'add', (await aLostReturn(stack)).submissionId],
    reason: context,
    foresees: /^It stands at failure, and would at success\.$/m,
    says: /^Kept as remediation/m,
  },
  'remediate unsuccessful': {
    act: async () => ['remediate', 'unsuccessful', (await remediated()).id],
    reason: context,
    foresees: /^Would take it back: its submission stands at success, and would at failure\.$/m,
    says: /^It is no success any more\./m,
  },
  'keys create': {
    act: () => Promise.resolve(['keys', 'create', '--name', 'foreseen', '--scope', 'read']),
    reason: why,
    foresees: /^Would make a key of "foreseen" that may read\.$/m,
    says: /^Key \w+ of "foreseen" may read\./m,
  },
  'keys revoke': {
    act: async () => {
      const { id } = await new KeyService(stack.app.get(PrismaService)).create({ name: 'x', scopes: [] });
      return ['keys', 'revoke', id];
    },
    reason: why,
    foresees: /^Would end key \w+: refused from .* UTC on\.$/m,
    says: /^Key \w+ is refused from .* UTC on;/m,
  },
  'resend of one': {
    act: async () => ['resend', await aMail('failed')],
    reason: why,
    foresees: /^1 +would be sent again as the same mail$/m,
    says: /^Mail [\w-]+ is sent again\./m,
  },
};

describe('a dry run in the terminal', () => {
  it.each(Object.entries(CASES))(
    'changes nothing, and the act then does what it said: %s',
    async (_what, { act, reason, foresees, says }) => {
      const args = await act();
      const before = await everything();
      const [dry, json] = await Promise.all([
        call(...args, '--dry-run'),
        call(...args, '--dry-run', '--json'),
      ]);
      expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(foresees) });
      expect(dry.stderr).toContain('Nothing was done: this was a dry run.');
      expect([json.code, JSON.parse(json.stdout)]).toEqual([0, expect.objectContaining({ dryRun: true })]);
      expect(await everything()).toEqual(before);

      const done = await call(...args, ...reason);
      expect([done.code, done.stdout + done.stderr]).toEqual([0, expect.stringMatching(says)]);
      const after = await everything();
      expect(Object.keys(before).filter((table) => after[table] !== before[table])).toContain(
        'public.audit_trail',
      );
    },
  );

  it.each<[string, () => Promise<string[]>, string[]]>([
    ['resume of what goes on', () => Promise.resolve(['resume', 'submitted']), why],
    ['resolve of what is known', async () => ['resolve', await aMail('failed'), 'send-again'], why],
    ['resolve of nothing', () => Promise.resolve(['resolve', randomUUID(), 'send-again']), why],
    ['lift of nothing', () => Promise.resolve(['suppressions', 'lift', randomUUID()]), why],
    ['revoke of nothing', () => Promise.resolve(['keys', 'revoke', '000000000000']), why],
    ['dismiss of nothing', () => Promise.resolve(['quarantine', 'dismiss', randomUUID()]), why],
    [
      'replay above its cap',
      async () => ['quarantine', 'replay', await parked(), await parked(), '--cap', '1'],
      why,
    ],
    ['resend of one that is on its way', async () => ['resend', await aMail('queued')], why],
    [
      'resend above its cap',
      async () => ['resend', await aMail('failed'), await aMail('failed'), '--cap', '1'],
      why,
    ],
    ['remediate add of nothing', () => Promise.resolve(['remediate', 'add', '3333']), context],
    [
      'remediate unsuccessful, once more',
      async () => ['remediate', 'unsuccessful', (await remediated({ success: false })).id],
      context,
    ],
    [
      'remediate duplicates of what did not arrive',
      async () => ['remediate', 'duplicates', (await aLostReturn(stack)).submissionId, '--mark'],
      context,
    ],
  ])('is refused where the act is, in its words: %s', async (_what, act, reason) => {
    const args = await act();
    const [dry, real] = await Promise.all([call(...args, '--dry-run'), call(...args, ...reason)]);
    const words = real.stderr.trimEnd().split('\n').at(-1) ?? '';
    expect([real.code, words]).toEqual([1, expect.stringMatching(/\w/)]);
    expect(dry).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`Would be refused: ${words}\n`),
    });
  });

  it('says as JSON too what it would be refused for', async () => {
    const { code, stdout } = await call('resume', 'submitted', '--dry-run', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      { dryRun: true, refused: 'It is not paused: submitted.' },
    ]);
  });
});

it('every command that asks for a reason has a dry run', async () => {
  const acting = walk(await terminal('of the test')).filter((command) => has(command, '--reason'));
  expect(acting.map((command) => command.name())).toEqual(
    expect.arrayContaining(['pause', 'lift', 'resend']),
  );
  expect(acting.filter((command) => !has(command, '--dry-run')).map((command) => command.name())).toEqual([]);
});

function walk(command: Command): Command[] {
  return [command, ...command.commands.flatMap(walk)];
}

function has(command: Command, option: string): boolean {
  return command.options.some(({ long }) => long === option);
}
