import { Catch, HttpException, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { withoutAddresses } from '#libs/platform/index.js';
import { Problem } from './problem.js';

/** Makes every error a problem document. What we did not foresee is logged here and answered without details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const problem = this.problemOf(error, http.getRequest<Request>());
    http
      .getResponse<Response>()
      .status(problem.getStatus())
      .type('application/problem+json')
      .send(withoutAddresses(JSON.stringify(problem.getResponse())));
  }

  private problemOf(error: unknown, request: Request): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof HttpException)
      return new Problem(error.getStatus(), titleOf(error), detailOf(error.getStatus(), request));
    const { status, type } = error as { status?: number; type?: string };
    if (type === 'entity.parse.failed') return new Problem(400, 'Bad Request', 'The body is not JSON.');
    if (type === 'entity.too.large')
      return new Problem(413, 'Content Too Large', 'The body is larger than 5 MB. Send it in parts.');
    if (status && status < 500) return new Problem(status, 'Bad Request', 'The request cannot be read.');
    this.logger.error({
      message: 'A request failed',
      method: request.method,
      route: routeOf(request),
      err: error,
    });
    return new Problem(
      500,
      'Internal Server Error',
      'Something failed on our side. Send the request again, with the same Idempotency-Key if it had one.',
    );
  }
}

function detailOf(status: number, request: Request): string {
  if (status === 404) return `There is no ${request.method} of this path here.`;
  return 'The request cannot be served as it is.';
}

function titleOf(error: HttpException): string {
  return error.getStatus() === 404 ? 'Not Found' : error.message;
}

function routeOf(request: Request): string {
  return (request.route as { path?: string } | undefined)?.path ?? 'unknown';
}
