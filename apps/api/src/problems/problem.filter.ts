import { Catch, HttpException, Inject, Logger, NotFoundException } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { StatusUnavailable } from '#libs/notifications/index.js';
import { isDatabaseAway, jsonWithoutAddresses } from '#libs/platform/index.js';
import { Problem } from './problem.js';
import { kindOf, PROBLEMS } from './problem.kinds.js';
import { isReadable, RouteTable } from './route.table.js';

/** Seconds after which to try again, where nobody knows better. */
const SOON = 5;

const NOT_AGREED =
  'Which answer is the newest cannot be told just now. Send the same again in a moment: what was committed all the same is not doubled.';

/** Makes every error a problem document. What we did not foresee is logged here and answered without details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(@Inject(RouteTable) private readonly routes: RouteTable) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, response] = [http.getRequest<Request>(), http.getResponse<Response>()];
    const problem = this.problemOf(error, request, response);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const status = problem.getStatus();
    const again = problem.retryAfter ?? (status === 429 || status === 503 ? SOON : undefined);
    if (again !== undefined && !response.hasHeader('Retry-After'))
      response.setHeader('Retry-After', String(again));
    this.answer(problem, request, response.status(status));
  }

  /** For whom it is: a program, unless a page says otherwise. */
  protected answer(problem: Problem, _request: Request, response: Response): void {
    const requestId = response.getHeader('X-Request-Id');
    const document = { ...problem.document, requestId };
    response.type('application/problem+json').send(jsonWithoutAddresses(document));
  }

  private problemOf(error: unknown, request: Request, response: Response): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof StatusUnavailable) return Problem.of('unavailable', NOT_AGREED);
    if (error instanceof NotFoundException || !isReadable(request.path))
      return this.nothingHere(request, response);
    if (error instanceof HttpException) return problemOf(error.getStatus());
    const { status } = (error ?? {}) as { status?: unknown };
    if (typeof status === 'number' && status < 500) return problemOf(status);
    if (isBrokenOff(request)) return this.unheard(error, request);
    return this.unforeseen(error, request);
  }

  /** A path that we have under another method deserves to hear so. */
  private nothingHere(request: Request, response: Response): Problem {
    const allowed = this.routes.methodsOf(request.path);
    // A route may find that it has nothing, too.
    if (allowed.length === 0 || allowed.includes(request.method))
      return Problem.notFound('There is nothing of this path here. /docs lists what there is.');
    response.setHeader('Allow', allowed.join(', '));
    return Problem.of(
      'method-not-allowed',
      `${request.method} is not for this path. It takes ${allowed.join(', ')}.`,
    );
  }

  /** Whoever hung up in the middle of a request hears no answer, and nobody has anything to mend. */
  private unheard(error: unknown, request: Request): Problem {
    this.logger.debug({
      message: 'A request broke off',
      method: request.method,
      route: routeOf(request),
      err: error,
    });
    return problemOf(400);
  }

  private unforeseen(error: unknown, request: Request): Problem {
    const isAway = isDatabaseAway(error);
    this.logger[isAway ? 'warn' : 'error']({
      message: isAway ? 'A request found no database' : 'A request failed',
      method: request.method,
      route: routeOf(request),
      err: error,
    });
    return isAway
      ? Problem.of(
          'unavailable',
          'Nothing can be committed just now. Send the same again: what was committed all the same is not doubled.',
        )
      : Problem.of('internal-error', PROBLEMS['internal-error'].todo);
  }
}

/** What the framework could not read. Its own words quote the body, so they are not kept. */
function problemOf(status: number): Problem {
  switch (status) {
    case 400:
      return Problem.of('bad-request', 'The body is not JSON, or it broke off.');
    default: {
      const kind = kindOf(status);
      return kind
        ? Problem.of(kind, PROBLEMS[kind].todo)
        : new Problem(status, 'Error', 'The request cannot be served as it is.');
    }
  }
}

function isBrokenOff({ destroyed, complete }: Request): boolean {
  return destroyed && !complete;
}

function routeOf(request: Request): string {
  return (request.route as { path?: string } | undefined)?.path ?? 'unknown';
}
