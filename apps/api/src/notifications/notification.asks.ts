import { Injectable } from '@nestjs/common';
import { AskReader, NotificationService } from '#libs/notifications/index.js';
import type { AskedMail } from '#libs/notifications/index.js';
import { callEntrySource } from '../idempotency/idempotency.key.js';
import { Problem } from '../problems/problem.js';
import type { ProblemDocument } from '../problems/problem.js';
import { membersOf } from '../contract/request.validation.js';

/** One of several askings. */
export interface IndexedAsk {
  index: number;
  value: unknown;
}

export type AskOutcome = { index: number } & (
  { id: string; created: boolean } | { problem: ProblemDocument }
);

/** Askings for mails as they come over HTTP: read one by one, committed together, each with its own outcome. */
@Injectable()
export class NotificationAsks {
  constructor(
    private readonly reader: AskReader,
    private readonly notifications: NotificationService,
  ) {}

  /** @param source of the call: with an index it is the source of an entry, the same each time the call is repeated. */
  async askAll(items: IndexedAsk[], source: string): Promise<AskOutcome[]> {
    const problems: AskOutcome[] = [];
    const asked: (AskedMail & { index: number })[] = [];
    for (const { index, value } of items) {
      const read = this.reader.read(value);
      if ('issues' in read)
        problems.push({ index, problem: Problem.invalid(membersOf(read.issues)).document });
      else asked.push({ ...read.asked, index, source: callEntrySource(source, index, value) });
    }
    const rows = asked.length > 0 ? await this.notifications.ask(asked) : [];
    const done = asked.map(({ index }, place): AskOutcome => {
      const row = rows[place];
      return row ? { index, ...row } : { index, problem: notStored };
    });
    return [...done, ...problems].toSorted((a, b) => a.index - b.index);
  }
}

const notStored = Problem.of(
  'internal-error',
  'This entry cannot be stored; our log of this time says why.',
).document;
