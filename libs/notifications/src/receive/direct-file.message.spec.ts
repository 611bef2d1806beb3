import { describe, expect, it } from 'vitest';
import {
  confirmationV1,
  confirmationV2,
  failed,
  statusChangeV1,
  statusChangeV2,
} from '#apps/local/src/direct-file.messages.js';
import { readStatus } from './status.message.js';
import { UnreadableMessage } from '../terms/entries.js';
import type { StatusEntry } from '../terms/entries.js';

const receipt = {
  taxReturnId: 'f6cdd8d9-2606-4acc-a331-28554f9bc72b',
  submissionId: '33333320250350000001',
  receiptId: 'RCPT0001',
};
const received = '2025-02-04T15:05:34.033Z';

describe('a confirmation is read as Java writes it', () => {
  it.each([
    ['epoch milliseconds', Date.parse(received)],
    ['epoch milliseconds as text', String(Date.parse(received))],
    ['ISO with +00:00', '2025-02-04T15:05:34.033+00:00'],
    ['ISO with Z', received],
  ])('with its date as %s', (_form, submissionReceivedAt) => {
    const entry = { ...receipt, submissionReceivedAt };
    const expected = { ...receipt, status: 'submitted', occurredAt: new Date(received) };
    expect(entriesOf(confirmationV1([entry]))).toEqual([expected]);
    expect(entriesOf(confirmationV2([{ ...entry, eventType: 'Submitted' }]))).toEqual([expected]);
  });

  it('with unknown members at every level', () => {
    const message = JSON.parse(confirmationV2([{ ...receipt, eventType: 'Submitted' }])) as Message;
    message.added = 1;
    message.payload.added = 1;
    message.payload.entries[0]!.added = 1;
    message.payload.entries[0]!.taxReturnSubmissionReceipt.added = 1;
    expect(entriesOf(JSON.stringify(message))).toMatchObject([{ status: 'submitted' }]);
  });

  it('with a failure as error_xml or error_mef by its category, in any case', () => {
    const message = confirmationV2([failed(receipt, 'validation'), failed(receipt, 'processing')]).replace(
      '"validation"',
      '"VALIDATION"',
    );
    expect(entriesOf(message)).toMatchObject([
      { status: 'error_xml', failure: { category: 'validation', detail: 'xml_validation' } },
      { status: 'error_mef', failure: { category: 'processing' } },
    ]);
  });

  it('entry by entry: a bad one is refused with its reason, its neighbours are read', () => {
    const noMetadata = { ...failed(receipt), metadata: null };
    const reads = readStatus(
      JSON.parse(confirmationV2([noMetadata, failed(receipt), { ...receipt, eventType: 'submitted' }])),
    );
    expect(
      reads.map(({ content }) => ('refused' in content ? content.refused : content.entry.status)),
    ).toEqual([
      expect.stringContaining('failureCategory'),
      'error_mef',
      expect.stringContaining('eventType'),
    ]);
    expect(reads[0]).toMatchObject({ taxReturnId: receipt.taxReturnId, submissionId: receipt.submissionId });
  });

  it('and parked as a message of one entry that reads as the same entry', () => {
    const [first, second] = readStatus(
      JSON.parse(confirmationV2([failed(receipt), { ...receipt, eventType: 'Submitted' }])),
    );
    for (const read of [first, second]) {
      const [again, ...others] = readStatus(JSON.parse(read?.body ?? ''));
      expect(others).toEqual([]);
      expect(again?.content).toEqual(read?.content);
    }
  });
});

describe('a status change is read', () => {
  it('with keys in any case, doubles once, and acceptances before rejections', () => {
    const message = statusChangeV1({ rejected: ['A', 'A', 'B'], accepted: ['B'] }).replace(
      '"rejected"',
      '"REJECTED"',
    );
    expect(entriesOf(message).map(({ status, submissionId }) => [status, submissionId])).toEqual([
      ['accepted', 'B'],
      ['rejected', 'A'],
      ['rejected', 'B'],
    ]);
  });

  it('with what it does not know refused, and nothing taken for a rejection', () => {
    const reads = readStatus(
      JSON.parse(statusChangeV1({ accepted: ['B'] }).replace('"rejected":[]', '"pending":["A"]')),
    );
    expect(reads.map(({ content }) => 'entry' in content)).toEqual([true, false]);
  });

  it('with the codes of its rejections in V2', () => {
    const rejectionCodes = [{ MeFErrorCode: 'F1040-525-03' }];
    expect(
      entriesOf(statusChangeV2([{ submissionId: 'A', status: 'rejected', rejectionCodes }])),
    ).toMatchObject([{ status: 'rejected', rejectionCodes }]);
  });
});

describe('a message is unreadable as a whole', () => {
  const good = confirmationV2([{ ...receipt, eventType: 'Submitted' }]);
  it.each([
    ['an unknown @type', good.replace('PayloadV2', 'PayloadV3')],
    ['no version', good.replace('{"VERSION":"2.0"}', '{}')],
    ['version in lower case', good.replace('VERSION', 'version')],
    ['an unknown version', good.replace('"2.0"', '"9.0.EGG"')],
    ['V2 under a V1 header', good.replace('"2.0"', '"1.0"')],
    ['no payload', '{"headers":{"headers":{"VERSION":"2.0"}}}'],
    ['a null payload', '{"payload":null,"headers":{"headers":{"VERSION":"2.0"}}}'],
    ['no list of entries', good.replace('"entries"', '"others"')],
    ['a bare string', '"hello"'],
  ])('with %s', (_fault, body) => {
    expect(() => readStatus(JSON.parse(body))).toThrow(UnreadableMessage);
  });
});

interface Message {
  added?: number;
  payload: { added?: number; entries: { added?: number; taxReturnSubmissionReceipt: { added?: number } }[] };
}

function entriesOf(body: string): StatusEntry[] {
  return readStatus(JSON.parse(body)).flatMap(({ content }) => ('entry' in content ? [content.entry] : []));
}
