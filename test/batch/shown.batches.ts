import { aBatch, aFailed, move, runBatch } from '../support/batches.js';
import { aName } from '../support/make.js';
import type { Stack } from '../support/stack.js';

/** The longest that a page has to have room for, and what runs from right to left. */
export const UGLY = {
  incident: `INC-${'4711.'.repeat(11)}x`,
  name: `\u202eرسالة الى المكلفين\u202c ${'a-very-long-name-of-a-file-'.repeat(5)}.csv`,
  person: 'עדה Lovelace-Blackburn-Featherstonehaugh (00000000-0000-4000-8000-000000000000)',
  detail: `${'ThisIsOneWordThatNoLineBreaks'.repeat(6)} and many others that do. `.repeat(3),
};

const MILLIONS = {
  ready: 3_812_345, malformed: 1, unknown: 250_000, repeated: 12, 'same-person': 3, 'already-told': 400_000,
  'not-affected': 99_999, accepted: 437_639, suppressed: 1, 'no-address': 0, applied: 0,
}; // prettier-ignore

/** A batch in each state, real ones and ones of millions with the longest values; the paths of their pages, by what they show. */
export async function shownBatches(stack: Stack): Promise<Record<string, string>> {
  const failed = async (language?: string) => (await aFailed(stack, { language })).taxReturnId;
  const three = [await failed(), await failed('es'), await failed()];
  const list = [...three, 'f;=cmd|calc', aName().taxReturnId, '"', '"'].join('\n');
  const asked = await aBatch(stack, list, { incident: UGLY.incident });
  const many = Array.from({ length: 8 }, () => aName().taxReturnId);
  const approval = await aBatch(
    stack,
    [await failed(), await failed('es'), await failed(), ...many].join('\n'),
  );
  const run = await aBatch(stack, await failed());
  await runBatch(stack, run.id);
  const again = await aBatch(stack, await failed(), { incident: 'again' });
  await move(stack, again.id, 'abort-batch');
  const refused = await aBatch(stack, 'a,b\nc,d');
  return {
    list: '/ops/batches',
    'ready to start': pathOf(asked.id),
    'awaiting approval': pathOf(approval.id),
    finished: pathOf(run.id),
    'its mails': `${pathOf(run.id)}/mails?became=told`,
    aborted: pathOf(again.id),
    refused: pathOf(refused.id),
    'one of millions that is looked at': pathOf(await aLarge(stack, 'validating', { ready: 1_200_000 })),
    'one of millions that runs': pathOf(
      await aLarge(stack, 'running', { applied: 900_000, ready: 2_912_345 }),
    ),
    'one of millions that stopped': pathOf(await aLarge(stack, 'stopped', MILLIONS)),
    'one whose name no line breaks': pathOf(
      await aLarge(stack, 'paused', MILLIONS, 5_000_000, 'x'.repeat(300)),
    ),
  };
}

export function pathOf(id: string): string {
  return `/ops/batches/${id}`;
}

/** One of five million rows, in the hands of nobody. */
export async function aLarge(
  stack: Stack,
  state: string,
  counts: Record<string, number>,
  rows = 5_000_000,
  name = UGLY.name,
): Promise<string> {
  const { id } = await aBatch(stack, aName().taxReturnId, { incident: `${UGLY.incident}.${state}` });
  await stack.sql(
    `UPDATE batches SET state = $2, counts = $3::jsonb, rows = $4, checked_to = $4, name = $5, made_by = $6, detail = $7,
            reason = 'too-many-failed', loaded_at = now(), started_at = now(), lease_token = NULL, lease_until = now() + interval '1 day'
     WHERE id = $1::uuid`,
    [id, state, JSON.stringify(counts), rows, name, UGLY.person, UGLY.detail],
  );
  return id;
}
