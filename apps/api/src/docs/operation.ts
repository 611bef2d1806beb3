import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { problem } from '../contract/answer.terms.js';
import { PROBLEMS } from '../problems/problem.kinds.js';
import type { ProblemKind } from '../problems/problem.kinds.js';
import { exampleOf, refTo } from './json.schemas.js';

/**
 * Where a handler's words about its body wait until the document is made: what Swagger reads off the schema of a frame says
 * too little.
 */
export const TAKES = 'x-takes';

/** What an operation takes or answers, by media type. */
type Content = z.ZodType | Record<string, z.ZodType[]>;

export interface OperationWords {
  /** One line, without a full stop. */
  summary: string;
  /** Prose in Markdown: what it does, when, and what to do next. */
  about?: string;
  /** What it answers when all is well. */
  answers: Record<number, Content>;
  /** What it takes, where the handler's own schema does not say it. */
  takes?: Content;
  /** Problems of its own; those that every operation can have are added. */
  problems?: ProblemKind[];
  /** True: it honours Idempotency-Key. */
  once?: boolean;
  /** True: it takes and answers lines too. */
  streams?: boolean;
  /** True: who has its answer already may hear so instead. */
  notModified?: boolean;
  /** True: who has its answer already may wait for another one. */
  waits?: boolean;
  /** True: a stream of events that goes on where it broke off. */
  resumes?: boolean;
  /** True: it needs no key. */
  open?: boolean;
}

const always: ProblemKind[] = ['internal-error', 'unavailable'];
const withKey: ProblemKind[] = ['unauthorized', 'forbidden', 'not-acceptable', 'too-many-requests'];
const withBody: ProblemKind[] = [
  'bad-request',
  'content-too-large',
  'unsupported-media-type',
  'invalid-request',
];
const withOnce: ProblemKind[] = ['idempotency-key-in-use', 'idempotency-key-reused'];

/** Describes an operation in /docs. Every handler of the HTTP contract has one; a test sees to that. */
export function Operation(words: OperationWords): MethodDecorator {
  const { summary, about, answers, takes, problems = [], once = false } = words;
  const { streams = false, notModified = false, waits = false, resumes = false, open = false } = words;
  const kinds = [
    ...problems,
    ...(once ? [...withBody, ...withOnce] : []),
    ...(open ? [] : withKey),
    ...always,
  ];
  return applyDecorators(
    ApiOperation({ summary, description: about, ...(open ? { security: [] } : {}) }),
    ...Object.entries(answers).map(([status, content]) =>
      ApiResponse({
        status: Number(status),
        description: status === '202' ? 'Committed.' : 'Done.',
        content: contentOf(content),
      }),
    ),
    ...byStatus(kinds).map(({ status, kinds }) =>
      ApiResponse({
        status,
        description: kinds.map((kind) => `[${PROBLEMS[kind].title}](/problems/${kind})`).join(', '),
        content: { 'application/problem+json': { schema: refTo(problem) } },
        ...(status === 429 || status === 503 || (once && status === 409) ? { headers: retryAfter } : {}),
      }),
    ),
    ...(takes ? [ApiExtension(TAKES, contentOf(takes))] : []),
    ...(once ? [idempotencyKey] : []),
    ...(streams ? [prefer] : []),
    ...(notModified ? [ifNoneMatch, unchanged] : []),
    ...(waits ? [preferToWait] : []),
    ...(resumes ? [lastEventId] : []),
  );
}

/** Writes: whatever has a body. */
export function problemsOfBody(...more: ProblemKind[]): ProblemKind[] {
  return [...withBody, ...more];
}

const retryAfter = {
  'Retry-After': { description: 'Seconds after which to try again.', schema: { type: 'integer' as const } },
};

const idempotencyKey = ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description:
    'Any text of up to 255 characters that names this call, such as a UUID. Send the call again with the same key when its answer was lost.',
  schema: { type: 'string', maxLength: 255 },
});

const ifNoneMatch = ApiHeader({
  name: 'If-None-Match',
  required: false,
  description: 'The `ETag` of the answer that you have.',
  schema: { type: 'string' },
});

const unchanged = ApiResponse({ status: 304, description: 'You have it already: nothing has changed.' });

const preferToWait = ApiHeader({
  name: 'Prefer',
  required: false,
  description:
    '`wait=30`, with `If-None-Match`: answer when there is another answer, at the latest after so many seconds. `Preference-Applied` says for how long it waits.',
  schema: { type: 'string' },
});

const lastEventId = ApiHeader({
  name: 'Last-Event-ID',
  required: false,
  description: 'The `id` of the last event that you have.',
  schema: { type: 'string' },
});

const prefer = ApiHeader({
  name: 'prefer',
  required: false,
  description: '`return=minimal`, with a stream: answer problems and the count only.',
  schema: { type: 'string' },
});

function contentOf(content: Content) {
  const byType = isByType(content) ? content : { 'application/json': [content] };
  return Object.fromEntries(
    Object.entries(byType).map(([type, schemas]) => {
      const [first, ...others] = schemas;
      const schema = first && others.length === 0 ? refTo(first) : { anyOf: schemas.map(refTo) };
      const example = first && exampleOf(first);
      return [type, { schema, ...(example === undefined ? {} : { example }) }];
    }),
  );
}

function isByType(content: Content): content is Record<string, z.ZodType[]> {
  return !('_zod' in content);
}

function byStatus(kinds: ProblemKind[]): { status: number; kinds: ProblemKind[] }[] {
  const distinct = [...new Set(kinds)];
  const statuses = [...new Set(distinct.map((kind) => PROBLEMS[kind].status))].toSorted((a, b) => a - b);
  return statuses.map((status) => ({
    status,
    kinds: distinct.filter((kind) => PROBLEMS[kind].status === status),
  }));
}
