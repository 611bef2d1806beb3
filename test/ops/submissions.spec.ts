import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Stack } from '../support/stack.js';
import { Visitor } from '../support/visitor.js';
import { aLostSubmission } from './night.js';

let stack: Stack;
let visitor: Visitor;
let form: string;
beforeAll(async () => {
  stack = await Stack.start('submission-pages', { worker: false });
  visitor = new Visitor(stack);
  await visitor.signIn(stack.environment.API_KEY ?? '');
  form = await visitor.token('/ops');
});
afterAll(() => stack.stop());

it('a submission that did not arrive is named at the first look, listed, and on a CSV', async () => {
  const lost = await aLostSubmission(stack);
  expect(await look('/ops')).toMatch(/\d+ submissions? did not arrive/);
  expect(await look('/ops/submissions')).toContain(lost);
  const { body } = await stack.api<string>('GET', '/v1/submissions.csv');
  expect(body).toContain(lost);
});

it('what somebody did is kept once however often the form is sent, with their words and name', async () => {
  const lost = await aLostSubmission(stack);
  const page = `/ops/submissions/${lost}`;
  const done = { form, id: randomUUID(), context: 'sent on paper to ana@example.com', evidence: 'OPS-1' };
  const keep = () => visitor.send(`${page}/remediations`, { ...done, outcome: 'success' });
  expect([(await keep()).status, (await keep()).status]).toEqual([303, 303]);
  expect(await remediationsOf(lost)).toEqual([{ success: true, ignored_as_duplicate: false }]);
  const shown = await look(page);
  expect(shown).toContain('reached the authority');
  expect(shown).toContain('sent on paper to [address]');
  expect(await look('/ops/submissions')).not.toContain(lost);
  expect(await look('/ops/submissions?scope=remediated')).toContain(lost);
});

it('what did not help after all is open again, and what was said before stays', async () => {
  const lost = await aLostSubmission(stack);
  const page = `/ops/submissions/${lost}`;
  const id = randomUUID();
  await visitor.send(`${page}/remediations`, { form, id, context: 'sent on paper', outcome: 'success' });
  const undone = await visitor.send(`/ops/remediations/${id}/unsuccessful`, {
    form,
    context: 'the paper came back',
  });
  expect(undone.status).toBe(303);
  const shown = await look(page);
  for (const words of ['did not arrive', 'sent on paper', 'the paper came back'])
    expect(shown).toContain(words);
  const again = await visitor.send(`/ops/remediations/${id}/unsuccessful`, { form, context: 'once more' });
  expect([again.status, again.body.includes('unsuccessful already')]).toEqual([409, true]);
});

it('what the same person sent in vain is marked as duplicates in one action', async () => {
  const person = randomUUID();
  const [kept, ...others] = [
    await aLostSubmission(stack, person),
    await aLostSubmission(stack, person),
    await aLostSubmission(stack, person),
  ];
  const page = `/ops/submissions/${kept}`;
  expect(await look(page)).not.toContain('Mark 2 duplicates');
  const outcome = { form, id: randomUUID(), context: 'the authority has it', outcome: 'success' };
  await visitor.send(`${page}/remediations`, outcome);
  expect(await look(page)).toContain('Mark 2 duplicates');
  const marked = await visitor.send(`${page}/duplicates`, { form, context: 'the same return three times' });
  expect(marked.status).toBe(303);
  const duplicates = await look('/ops/submissions?scope=duplicate');
  for (const other of others) expect(duplicates).toContain(other);
});

it('what is not said, not known or not of the session is refused, and nothing is kept', async () => {
  const lost = await aLostSubmission(stack);
  const path = `/ops/submissions/${lost}/remediations`;
  const asked = { id: randomUUID(), context: 'sent on paper', outcome: 'success' };
  expect((await visitor.send(path, { ...asked, form, context: ' ' })).status).toBe(422);
  expect((await visitor.send(path, asked)).status).toBe(403);
  expect((await visitor.send('/ops/submissions/none/remediations', { ...asked, form })).status).toBe(404);
  expect((await visitor.look('/ops/submissions?scope=success')).status).toBe(422);
  expect(await remediationsOf(lost)).toEqual([]);
});

async function look(path: string): Promise<string> {
  const { status, body } = await visitor.look(path);
  expect([path, status]).toEqual([path, 200]);
  return body;
}

function remediationsOf(submissionId: string) {
  return stack.sql(
    `SELECT r.success, r.ignored_as_duplicate FROM remediations r JOIN submissions s ON s.id = r.submission_uuid
     WHERE s.submission_id = $1`,
    [submissionId],
  );
}
