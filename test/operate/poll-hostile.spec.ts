import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgementPolls } from '#libs/notifications/index.js';
import { aReturn } from '../support/make.js';
import type { MadeReturn } from '../support/make.js';
import { proved } from '../support/proved.js';
import { pollRounds } from '../support/sizes.js';
import { Stack } from '../support/stack.js';
import { FakeUpstream, say } from '../support/upstream.js';

let stack: Stack;
let upstream: FakeUpstream;
let polls: AcknowledgementPolls;
beforeAll(async () => {
  upstream = await FakeUpstream.start('acknowledgements');
  stack = await Stack.start('poll-hostile', {
    worker: false,
    settings: { UPSTREAM_URL: upstream.url, UPSTREAM_TIMEOUT: '2s' },
  });
  polls = stack.app.get(AcknowledgementPolls);
});

/** What is said of one id in an answer. */
const WORDS = ['accepted', 'rejected', 'pending', 'melted', '', 'Accepted', 7, null, { status: 'accepted' }];

interface Round {
  /** How the call as a whole is answered. */
  manner: 'whole' | 'refused' | 'broken' | 'failing' | 'torn' | 'strange' | 'twice';
  /** By which the words for each id are chosen. */
  seed: number;
}

const rounds = fc.array(
  fc.record<Round>({
    manner: fc.constantFrom('whole', 'whole', 'refused', 'broken', 'failing', 'torn', 'strange', 'twice'),
    seed: fc.nat(),
  }),
  { minLength: pollRounds.rounds, maxLength: pollRounds.rounds },
);

describe('an upstream that answers anything', () => {
  it('leaves every submission where a whole answer put it: accepted for good, else rejected, else asked about again', async () => {
    const owners = await Promise.all(Array.from({ length: pollRounds.submissions }, () => aReturn(stack)));
    const said = new Map<string, Set<unknown>>(owners.map(({ submissionId }) => [submissionId, new Set()]));
    let calls = 0;
    for (const { manner, seed } of fc.sample(rounds, { numRuns: 1, seed: Date.now() })[0] ?? []) {
      let turn = seed;
      const words = (ids: string[]) =>
        ids.map((id) => {
          turn = (turn * 1_103_515_245 + 12_345) % 2_147_483_648;
          return { id, attributes: { status: WORDS[turn % WORDS.length] } };
        });
      upstream.always = (ids, response) => {
        calls += 1;
        answer(manner, words(ids), response, said);
      };
      await polls.poll();
      await stack.sql('UPDATE submissions SET ask_at = now() WHERE ask_at IS NOT NULL');
    }
    // Whoever is decided is noticed when its time comes.
    upstream.always = (_ids, response) => say(response, 200, { data: [] });
    await polls.poll();
    const ended = await Promise.all(owners.map((owner) => endOf(owner)));
    expect(ended).toEqual(
      owners.map(({ submissionId }) => {
        const words = said.get(submissionId) ?? new Set();
        // A rejection ends the asking, so an acceptance was heard before it or in the same answer.
        if (words.has('accepted')) return ['Accepted', true];
        return words.has('rejected') ? ['Rejected', true] : ['Pending', false];
      }),
    );
    proved(
      `A hostile upstream: ${pollRounds.rounds} rounds, ${calls} calls about ${owners.length} submissions, each ended where it had to.`,
    );
  });
});

function answer(
  manner: Round['manner'],
  data: { id: string; attributes: { status: unknown } }[],
  response: ServerResponse,
  said: Map<string, Set<unknown>>,
): void {
  if (manner === 'refused') return say(response, 422, {});
  if (manner === 'failing') return say(response, 500, {});
  if (manner === 'broken') return void response.destroy();
  if (manner === 'torn') return say(response, 200, JSON.stringify({ data }).slice(0, -3));
  // Some of them only, beside what nobody asked for.
  const some = manner === 'strange' ? data.filter((_entry, place) => place % 3 > 0) : data;
  const stray = manner === 'strange' ? [null, { id: 'nobody', attributes: { status: 'rejected' } }] : [];
  const again =
    manner === 'twice' ? some.map((entry) => ({ ...entry, attributes: { status: 'pending' } })) : [];
  for (const { id, attributes } of some) said.get(id)?.add(attributes.status);
  say(response, 200, { data: [...stray, ...some, ...again] });
}

/** Its status, and whether nobody asks about it any more. */
async function endOf({ taxReturnId, submissionId }: MadeReturn): Promise<[unknown, boolean]> {
  const { body } = await stack.api('GET', `/v1/tax-returns/${taxReturnId}/status`);
  const [row] = await stack.sql<{ over: boolean }>(
    'SELECT ask_at IS NULL AS over FROM submissions WHERE submission_id = $1',
    [submissionId],
  );
  return [body.status, row?.over === true];
}
