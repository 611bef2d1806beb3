import { Catch } from '@nestjs/common';
import type { ArgumentsHost } from '@nestjs/common';
import { ActionRefused, NothingToActOn } from '#libs/notifications/index.js';
import { ProblemPageFilter } from '../pages/problem.page.js';
import { Problem } from '../problems/problem.js';

/** Says on a page why an action was refused: nothing was done, and what to do instead. */
@Catch()
export class RefusalPageFilter extends ProblemPageFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    super.catch(problemOf(error), host);
  }
}

function problemOf(error: unknown): unknown {
  if (error instanceof ActionRefused) return Problem.of('conflict', error.message);
  return error instanceof NothingToActOn ? Problem.notFound(error.message) : error;
}
