import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runFolder } from '../support/run-folder.js';
import { aLostReturn, aReturn, submitted } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';
import { receipt, receiptProcess } from '../support/terminal.js';
import { trailOf } from './mails.js';

let stack: Stack;
/** No relay, no queues of SQS: the terminal sends nothing. */
let settings: Record<string, string>;
beforeAll(async () => {
  stack = await Stack.start('terminal-remediate');
  const { DATABASE_URL = '', ENCRYPTION_KEYS = '' } = stack.environment;
  settings = { DATABASE_URL, ENCRYPTION_KEYS };
});

const call = (...args: string[]) => receipt(['remediate', ...args], settings);

async function callJson<T>(...args: string[]): Promise<T> {
  const { stdout } = await call(...args, '--json');
  return JSON.parse(stdout) as T;
}

/** As HTTP knows it: the terminal and HTTP have one truth. */
async function submissionOf({ submissionId }: MadeReturn) {
  const { body } = await stack.api<{ id: string; delivered: string }>(
    'GET',
    `/v1/submissions/${submissionId}`,
  );
  return body;
}

async function deliveredOf(...all: MadeReturn[]): Promise<string[]> {
  return (await Promise.all(all.map(submissionOf))).map(({ delivered }) => delivered);
}

function aList(...lines: string[]): string {
  const file = join(runFolder(), `list-${lines.length}-${Date.now()}.txt`);
  writeFileSync(file, lines.join('\n'));
  return file;
}

describe('receipt remediate', () => {
  it('finds what was lost, foresees, keeps what was done with who and why, and takes it back', async () => {
    const lost = await aLostReturn(stack);
    const { id } = await submissionOf(lost);
    expect((await call('list')).stdout).toMatch(
      new RegExp(`^SUBMISSION .*\n${id} .* ${lost.submissionId} +${lost.taxReturnId}$`, 'm'),
    );
    const dry = await call('add', lost.submissionId, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: 'It stands at failure, and would at success.\n' });
    expect(await callJson('add', lost.submissionId, '--dry-run', '--unsuccessful')).toEqual({
      dryRun: true,
      would: 'It stands at failure, and would at failure.',
      before: 'failure',
      after: 'failure',
    });
    expect(await deliveredOf(lost)).toEqual(['failure']);

    const done = ['--context', 'sent on paper to ana@example.com', '--evidence', 'OPS-1', '--as', 'Ana'];
    expect((await call('add', lost.submissionId, ...done)).code).toBe(0);
    expect(await deliveredOf(lost)).toEqual(['success']);
    expect(await trailOf(stack, id)).toMatchObject([
      { actor: 'Ana', action: 'remediate', reason: 'sent on paper to [address]' },
    ]);
    expect(await callJson('list', '--scope', 'remediated')).toMatchObject([
      { id, taxReturnId: lost.taxReturnId },
    ]);

    const shown = await callJson<{ remediations: { id: string }[] }>('show', lost.submissionId);
    expect(shown).toMatchObject({
      delivered: 'success',
      remediations: [{ success: true, evidence: 'OPS-1' }],
    });
    const [made] = shown.remediations;
    const takeBack = ['unsuccessful', made?.id ?? '', '--context', 'the paper came back', '--as', 'Ben'];
    expect((await call(...takeBack, '--reason', 'the office called')).code).toBe(0);
    expect(await deliveredOf(lost)).toEqual(['failure']);
    expect(await trailOf(stack, made?.id ?? '')).toMatchObject([
      { actor: 'Ben', reason: 'the office called' },
    ]);
    expect((await call('show', id)).stdout).toMatch(
      / no +Ana +OPS-1 +sent on paper.*\n.* no +Ben +OPS-1 +the paper/,
    );
    expect(await call(...takeBack)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('unsuccessful already'),
    });
  });

  it('shows what was noted on a remediation among the notes of its own life, by their times', async () => {
    const { submissionId } = await aLostReturn(stack);
    const { body } = await stack.api<{ id: string }>('POST', `/v1/submissions/${submissionId}/remediations`, {
      context: 'sent on paper',
    });
    const note = ['note', 'remediation', body.id, 'the office confirms', '--as', 'Cleo'];
    expect((await receipt(note, settings)).code).toBe(0);
    await stack.api('POST', `/v1/remediations/${body.id}/unsuccessful`, { context: 'the paper came back' });
    expect((await call('show', submissionId)).stdout).toMatch(
      / sent on paper\n.* Cleo +- +note: the office confirms\n.* the paper came back$/m,
    );
  });

  it('shows what the same person sent, and marks what failed of it once', async () => {
    const kept = await aReturn(stack);
    await stack.put('confirmation', submitted(kept));
    await stack.idle();
    const lost = [
      await aLostReturn(stack, {}, { userId: kept.userId }),
      await aLostReturn(stack, {}, { userId: kept.userId }),
    ];
    const ids = lost.map(({ submissionId }) =>
      expect.objectContaining({ submissionId, delivered: 'failure' }),
    );
    expect(await callJson('duplicates', kept.submissionId)).toEqual(ids);
    expect(await callJson('duplicates', kept.submissionId, '--mark', '--dry-run')).toEqual({
      dryRun: true,
      submissions: ids,
    });
    expect((await call('duplicates', lost[0]?.submissionId ?? '', '--mark', '--context', 'c')).code).toBe(1);
    expect((await call('duplicates', lost[0]?.submissionId ?? '', '--mark', '--dry-run')).code).toBe(1);
    expect(await deliveredOf(...lost)).toEqual(['failure', 'failure']);

    const mark = ['duplicates', kept.submissionId, '--mark', '--context', 'sent thrice'];
    expect(await call(...mark)).toMatchObject({
      code: 0,
      stderr: '2 submissions are marked as duplicates.\n',
    });
    expect(await deliveredOf(...lost)).toEqual(['success', 'success']);
    expect(await callJson('list', '--scope', 'duplicate')).toHaveLength(2);
    expect((await call(...mark)).code).toBe(1);
  });

  it('takes a list from a file as it is exported, once however often, and ends with 1 for unknown ids', async () => {
    const lost = [await aLostReturn(stack), await aLostReturn(stack)];
    const ids = lost.map(({ submissionId }) => submissionId);
    const file = aList('\uFEFF', `${ids[0]}\r`, '', ` ${ids[1]} `, 'ana@example.com');
    const fromList = ['from-list', file, '--context', 'sent on paper', '--evidence', 'paper-1'];
    const dry = await call(...fromList, '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([
      1,
      expect.stringMatching(/^unknown +\[address\]\n.*\n2 +would be/),
    ]);
    expect(await deliveredOf(...lost)).toEqual(['failure', 'failure']);
    expect(await callJson(...fromList)).toEqual({
      dryRun: false,
      batch: expect.any(String),
      unknown: ['[address]'],
      outcomes: { remediated: 2, known: 0, unknown: 1, repeated: 0 },
    });
    expect(await deliveredOf(...lost)).toEqual(['success', 'success']);
    const again = await call('from-list', aList(...ids), ...fromList.slice(2));
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^0 +remediated\n2 +known/m)]);
  });

  it('takes a list of any length, and lists all that is unknown', async () => {
    const many = Array.from({ length: 1201 }, (_, place) => `nobody-${place}`);
    const fromList = ['remediate', 'from-list', '-', '--context', 'c', '--evidence', 'long', '--dry-run'];
    const answer = await receiptProcess(fromList, settings, many.join('\n'));
    expect(answer.stderr).toContain('1201 ids looked at');
    expect(answer.stdout.match(/^unknown {2}nobody-/gm)).toHaveLength(1201);
  });

  it.each([
    ['no context', ['add', 'x'], '--context'],
    ['a failed duplicate', ['add', 'x', '--context', 'c', '--duplicate', '--unsuccessful'], '--unsuccessful'],
    ['no such scope', ['list', '--scope', 'lost'], '--scope takes failure'],
    ['no id of a remediation', ['unsuccessful', 'x', '--context', 'c'], 'is a UUID'],
    ['a list without a name', ['from-list', '-', '--context', 'c'], '--evidence'],
    ['no such file', ['from-list', 'nowhere.txt', '--context', 'c', '--evidence', 'e'], 'cannot be read'],
    ['a folder as list', ['from-list', '.', '--context', 'c', '--evidence', 'e'], 'cannot be read'],
    ['an address as name', ['add', 'x', '--context', 'c', '--as', 'a@b.example'], '--as takes'],
  ])('says how it is to be called and ends with 2: %s', async (_what, args, said) => {
    expect(await call(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
  });

  it.each([
    ['show', []],
    ['add', ['--context', 'c']],
    ['duplicates', []],
  ])('ends with 1 where there is no such submission: %s', async (command, options) => {
    const answer = await call(command, 'nobody', ...options);
    expect(answer).toEqual({ code: 1, stdout: '', stderr: 'No submission of this id is known.\n' });
  });
});
