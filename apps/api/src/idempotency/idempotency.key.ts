import { createHash, randomUUID } from 'node:crypto';
import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { entrySource, HTTP_DOOR, messageSource } from '#libs/notifications/index.js';
import type { CalledRequest } from '../access/key.guard.js';
import { Upload } from '../contract/upload.body.js';
import { Problem } from '../problems/problem.js';

export const IDEMPOTENCY_KEY = 'idempotency-key';
/** Characters of the longest key that is taken. */
const LONGEST_KEY = 255;

/**
 * What a call counts as: calls of one caller to one route with one Idempotency-Key count as the same, calls without one
 * each as their own. The key is the caller's and may be anything, so only a hash is kept.
 * @throws Problem when the key is too long.
 */
export function callIdOf(request: Request): string | undefined {
  const key = request.get(IDEMPOTENCY_KEY);
  if (!key) return undefined;
  if (key.length > LONGEST_KEY) {
    const detail = `is longer than ${LONGEST_KEY} characters`;
    throw Problem.invalid([{ parameter: 'Idempotency-Key', in: 'header', detail }]);
  }
  return hash([callerOf(request), request.method, request.path, key].join('\n'));
}

/** The source of what a call asks for. Repeating the call gives the same source: that is what makes its effect happen once. */
export const CallSource = createParamDecorator((_data: unknown, context: ExecutionContext): string =>
  sourceOf(context.switchToHttp().getRequest<Request>()),
);

/**
 * The source of a call that is one act: by what it says too, so that a key that somebody takes for another act later is not
 * taken for a repetition of the first.
 */
export const ActSource = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  const request = context.switchToHttp().getRequest<Request>();
  // A list is known by what it holds, when it has come.
  return request.body instanceof Upload
    ? sourceOf(request)
    : `${sourceOf(request)}-${bodyHash(request.body)}`;
});

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * The source of one entry of a call: by what it says too, so that a key that somebody takes for something else later, when
 * its answer is long forgotten, does not make that something a repetition.
 */
export function callEntrySource(source: string, index: number, value: unknown): string {
  return entrySource(`${source}-${bodyHash(value)}`, index);
}

function sourceOf(request: Request): string {
  return messageSource(HTTP_DOOR, callIdOf(request)?.slice(0, 32) ?? randomUUID());
}

function bodyHash(value: unknown): string {
  return hash(JSON.stringify(value) ?? '').slice(0, 16);
}

/** Whose key it was, once the guard has let it in. */
function callerOf(request: CalledRequest): string {
  return request.caller?.id ?? '';
}
