import { Injectable, Logger } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Request, Response } from 'express';
import { lastValueFrom, of } from 'rxjs';
import type { Observable } from 'rxjs';
import { Lines } from '#libs/platform/index.js';
import { Upload } from '../contract/upload.body.js';
import { Problem } from '../problems/problem.js';
import { callIdOf, hash } from './idempotency.key.js';
import { IdempotentCalls } from './idempotent.calls.js';

/** Seconds: calls are short, so whoever comes while the first one runs need not wait for the end of its lease. */
const ASK_AGAIN = 2;

/**
 * Answers a call that repeats an Idempotency-Key with what the first one was answered. A stream of lines passes: each of
 * its lines is known by key and place, and its answer is too long to keep. So does a list: it is known by what it holds.
 */
@Injectable()
export class Once implements NestInterceptor {
  private readonly logger = new Logger(Once.name);

  constructor(private readonly calls: IdempotentCalls) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const [request, response] = [http.getRequest<Request>(), http.getResponse<Response>()];
    const body: unknown = request.body;
    const id = body instanceof Lines || body instanceof Upload ? undefined : callIdOf(request);
    if (id === undefined) return next.handle();
    const begun = await this.calls.begin(id, hash(JSON.stringify(body) ?? ''));
    switch (begun.is) {
      case 'ours':
        return of(await this.run(id, begun.token, response, next));
      case 'answered':
        response.status(begun.answer.status).setHeader('Idempotency-Replayed', 'true');
        return of(begun.answer.body);
      case 'running':
        throw Problem.of(
          'idempotency-key-in-use',
          'The first call with this Idempotency-Key is still running. Send it again a little later.',
          { retryAfter: ASK_AGAIN },
        );
      case 'other-body':
        throw Problem.of(
          'idempotency-key-reused',
          'This Idempotency-Key came with another body before. Use a new key for what is a new call.',
        );
    }
  }

  private async run(id: string, token: string, response: Response, next: CallHandler): Promise<unknown> {
    let body: unknown;
    try {
      body = await lastValueFrom(next.handle());
    } catch (error) {
      await this.calls.release(id, token).catch((away: unknown) => this.lost(away));
      throw error;
    }
    // What is done is done: a caller who hears of it needs no kept answer.
    await this.calls
      .finish(id, token, { status: response.statusCode, body })
      .catch((away: unknown) => this.lost(away));
    return body;
  }

  private lost(error: unknown): void {
    this.logger.warn({
      message:
        'How a call with an Idempotency-Key ended could not be kept; its key is free again after its lease',
      err: error,
    });
  }
}
