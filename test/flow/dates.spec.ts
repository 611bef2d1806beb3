import { beforeAll, describe, expect, it } from 'vitest';
import { confirmationV2 } from '#apps/local/src/direct-file.messages.js';
import { eventually } from '../support/eventually.js';
import { aName, aReturn } from '../support/make.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start('dates', { worker: false });
});

const NOON = '2026-02-04T12:00:00.000Z';
const FAR = 'is too far from now: it may lie ten years back and a day ahead';

describe('a date that comes over HTTP', () => {
  it.each(['1970-01-21T00:00:00Z', '2099-01-01T00:00:00Z'])(
    'and is far from now (%s) is refused, with its pointer',
    async (at) => {
      const owner = await aReturn(stack);
      const { taxReturnId, submissionId } = owner;
      const path = `/v1/tax-returns/${taxReturnId}`;
      const answers = [
        await stack.api('PUT', path, { createdAt: at }),
        await stack.api('PUT', `${path}/submissions/s9`, { createdAt: at }),
        await stack.api('POST', '/v1/submission-status', {
          taxReturnId,
          submissionId,
          status: 'accepted',
          occurredAt: at,
        }),
        await stack.api('POST', '/v1/notifications', { taxReturnId, template: 'accepted', notAfter: at }),
      ];
      const said = answers.map(({ status, body }) => [status, JSON.stringify(body)]);
      const saying = (words: string) => expect.stringMatching(`${words}.*is too far from now`) as unknown;
      expect(said).toEqual([
        [422, saying('"/createdAt"')],
        [422, saying('"/createdAt"')],
        [422, saying('"/occurredAt"')],
        [422, saying('"/notAfter"')],
      ]);
    },
  );
});

describe('a date that comes on a queue', () => {
  it('means the same to workers in any time zone; what is far from now is parked with the reason', async () => {
    for (const TZ of ['Asia/Tokyo', 'America/Los_Angeles']) {
      const dates = [
        NOON.replace('.000Z', ''),
        Date.parse(NOON) / 1000,
        Date.parse(NOON),
        '2026-02-04T21:00:00.000+0900',
        0,
      ];
      const entries = await Promise.all(
        dates.map(async (submissionReceivedAt) => ({
          ...(await aReturn(stack)),
          eventType: 'Submitted',
          submissionReceivedAt,
        })),
      );
      const worker = await stack.startWorker({ settings: { TZ } }).ready();
      await stack.put('confirmation', confirmationV2(entries));
      const bad = entries.pop() ?? aName();
      await eventually(async () => (await parked(bad.submissionId)).length === 1, {
        because: 'the parked confirmation',
      });
      expect(await parked(bad.submissionId)).toEqual([
        {
          kind: 'refused',
          reason: 'not-understood',
          detail: `taxReturnSubmissionReceipt.submissionReceivedAt: ${FAR}`,
        },
      ]);
      for (const { submissionId } of entries)
        expect(await happened(submissionId)).toEqual([{ at: new Date(NOON), received: new Date(NOON) }]);
      await worker.terminate();
    }
  });
});

function parked(submissionId: string): Promise<unknown[]> {
  return stack.sql('SELECT kind::text, reason, detail FROM quarantine WHERE submission_id = $1', [
    submissionId,
  ]);
}

function happened(submissionId: string): Promise<unknown[]> {
  return stack.sql(
    `SELECT e.occurred_at AS at, s.submission_received_at AS received
     FROM submissions s JOIN submission_events e ON e.submission_uuid = s.id AND e.type = 'submitted' WHERE s.submission_id = $1`,
    [submissionId],
  );
}
