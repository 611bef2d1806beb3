import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { tap } from 'rxjs';
import type { Observable } from 'rxjs';

/** Says where the batch is that was made, also to who repeats the call. It stands before `Once`. */
@Injectable()
export class Located implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<{ id?: string }>): Observable<{ id?: string }> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      tap(({ id }) => {
        // A call that is done while its caller waits makes none.
        if (response.statusCode === 202 && id !== undefined) response.location(`/v1/batches/${id}`);
      }),
    );
  }
}
