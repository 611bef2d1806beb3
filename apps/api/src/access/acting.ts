import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { actorOf } from '#libs/keys/index.js';
import { ActionRefused, NothingToActOn } from '#libs/notifications/index.js';
import type { CalledRequest } from './key.guard.js';
import { Problem } from '../problems/problem.js';

/** Whose key it is, as the audit trail keeps it. */
export const Actor = createParamDecorator((_data: unknown, context: ExecutionContext): string =>
  actorIn(context.switchToHttp().getRequest<CalledRequest>()),
);

export function actorIn({ caller }: CalledRequest): string {
  return caller ? actorOf(caller) : '';
}

/** Awaits an action; what it refuses is answered with its sentence. @throws Problem */
export async function orProblem<T>(action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (error instanceof ActionRefused) throw Problem.of('conflict', error.message);
    if (error instanceof NothingToActOn) throw Problem.notFound(error.message);
    throw error;
  }
}
