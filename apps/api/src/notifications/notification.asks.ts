import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { NotificationService, templateByName } from '#libs/notifications/index.js';
import type { AskedMail } from '#libs/notifications/index.js';
import { callEntrySource } from '../idempotency/idempotency.key.js';
import { Problem } from '../problems/problem.js';
import type { ProblemDocument } from '../problems/problem.js';
import { notificationBody } from '../contract/request.schemas.js';
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
  constructor(private readonly notifications: NotificationService) {}

  /** @param source of the call: with an index it is the source of an entry, the same each time the call is repeated. */
  async askAll(items: IndexedAsk[], source: string): Promise<AskOutcome[]> {
    const problems: AskOutcome[] = [];
    const asked: (AskedMail & { index: number })[] = [];
    for (const { index, value } of items) {
      try {
        asked.push({ ...this.read(value), index, source: callEntrySource(source, index, value) });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        problems.push({ index, problem: error.document });
      }
    }
    const rows = asked.length > 0 ? await this.notifications.ask(asked) : [];
    const done = asked.map(({ index }, place): AskOutcome => {
      const row = rows[place];
      return row ? { index, ...row } : { index, problem: notStored };
    });
    return [...done, ...problems].toSorted((a, b) => a.index - b.index);
  }

  /** @throws Problem that names everything at fault: members, and what the template would not take. */
  private read(value: unknown): Omit<AskedMail, 'source'> {
    const read = notificationBody.safeParse(value);
    const errors = [...(read.error ? membersOf(read.error.issues) : []), ...this.problemsOfContext(value)];
    if (!read.success || errors.length > 0) throw Problem.invalid(errors);
    const { template, context, ...members } = read.data;
    return { ...members, ...named(template, context), context };
  }

  /** Also asked when other members are at fault, so that all of it can be mended at once. */
  private problemsOfContext(value: unknown): { pointer: string; detail: string }[] {
    const read = z
      .object({ template: notificationBody.shape.template, context: notificationBody.shape.context })
      .safeParse(value);
    if (!read.success) return [];
    const { template, context = {} } = read.data;
    return this.notifications
      .problems({ ...named(template, context), context })
      .map((detail) => ({ pointer: '/context', detail }));
  }
}

/** Direct File's names say the stage; with our own name the context may. */
function named(name: string, context: Record<string, unknown> = {}) {
  const known = templateByName(name);
  if (!known) throw new Error('the schema let a template through that is not known');
  const { stage } = context;
  return { ...known, stage: known.stage ?? (stage === 'pre' || stage === 'post' ? stage : undefined) };
}

const notStored = Problem.of(
  'internal-error',
  'This entry cannot be stored; our log of this time says why.',
).document;
