import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { isTooDeep, Lines, readJson, TOO_DEEP } from '#libs/platform/index.js';
import { Problem } from '../problems/problem.js';
import { DOCUMENT_TYPES, judgesByItself, LINES_TYPE, typesTakenBy } from './negotiation.js';
import { mayTakeLong } from './slow.bodies.js';
import { LIST_TYPE, Upload } from './upload.body.js';

/** Bytes of the largest body. */
const LARGEST = 5 * 1024 * 1024;
/** Commas, as many as values, in one body: a thousand entries of a hundred each. What is no more than millions of them stops a process. */
const MOST_VALUES = 100_000;
/** Bytes of bodies that a process holds at once while they come in: a dozen of the largest, or hundreds of the usual. */
const MOST_HELD = 64 * 1024 * 1024;

/**
 * Reads the body of a call, where its route takes one. It stands behind the guards: of whoever may not call, and of what no
 * route wants, not a byte is kept or looked at.
 */
@Injectable()
export class BodyReader implements NestInterceptor {
  private held = 0;

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    if (takesBody(context) && isThere(request)) {
      request.body = await this.read(request);
      if (isTooDeep(request.body) && !judgesByItself(request))
        throw Problem.invalid([{ pointer: '', detail: TOO_DEEP }]);
    }
    return next.handle();
  }

  /** @throws Problem when it is of no type that is taken, or compressed. */
  private async read(request: Request): Promise<unknown> {
    const types = typesTakenBy(request);
    if (!isEmpty(request) && !request.is(types))
      throw unsupported(`Send the body with Content-Type: ${types.join(' or ')}, in UTF-8.`);
    if ((request.get('content-encoding') ?? 'identity').toLowerCase() !== 'identity')
      throw unsupported('Send the body as it is, without a Content-Encoding: nothing is unpacked here.');
    if (request.is(LINES_TYPE)) {
      mayTakeLong(request);
      return new Lines(request);
    }
    if (request.is(LIST_TYPE) && types.includes(LIST_TYPE)) return new Upload(request);
    if (!request.is(types)) return undefined;
    const decoder = decoderOf(request);
    const text = decoder.decode(await this.take(request));
    return request.is(DOCUMENT_TYPES) ? text : parsed(text);
  }

  /** @throws Problem when it is too large, breaks off, or too many come in just now. */
  private async take(request: Request): Promise<Buffer> {
    if (Number(request.get('content-length') ?? 0) > LARGEST) throw tooLarge();
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      // The connection is to carry the answer, whatever it is.
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        length += chunk.length;
        this.held += chunk.length;
        if (length > LARGEST) throw tooLarge();
        if (this.held > MOST_HELD) throw crowded();
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } catch (error) {
      throw error instanceof Problem ? error : unreadable();
    } finally {
      this.held -= length;
    }
  }
}

/** @throws Problem */
function parsed(text: string): unknown {
  if (text === '') return {};
  if (hasMoreCommasThan(MOST_VALUES, text)) throw tooWide();
  try {
    return readJson(text);
  } catch {
    throw unreadable();
  }
}

/** JSON is UTF-8; a document says what it is in. @throws Problem */
function decoderOf(request: Request): TextDecoder {
  const [, charset = 'utf-8'] =
    /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.get('content-type') ?? '') ?? [];
  try {
    const decoder = new TextDecoder(charset);
    if (decoder.encoding === 'utf-8' || request.is(DOCUMENT_TYPES)) return decoder;
  } catch {
    // No name of an encoding.
  }
  throw unsupported('Send the body in UTF-8.');
}

function unreadable(): Problem {
  return Problem.of('bad-request', 'The body is not JSON, or it broke off.');
}

function tooLarge(): Problem {
  return Problem.of(
    'content-too-large',
    'The body is larger than 5 MB. Send it in parts, or as application/x-ndjson where that is taken.',
  );
}

function tooWide(): Problem {
  return Problem.of(
    'content-too-large',
    'The body holds more than 100,000 values. Send it in parts, or as application/x-ndjson where that is taken.',
  );
}

/** Those within texts count, too: it is done in a moment, whatever is sent. */
function hasMoreCommasThan(most: number, text: string): boolean {
  let commas = 0;
  for (let at = text.indexOf(','); at !== -1 && commas <= most; at = text.indexOf(',', at + 1)) commas++;
  return commas > most;
}

function unsupported(what: string): Problem {
  return Problem.of('unsupported-media-type', what);
}

function crowded(): Problem {
  return Problem.of('unavailable', 'Too many large bodies come in at once. Send it again, or in parts.');
}

/** Has the handler a parameter for it? Forms are read by the pages that have them. */
function takesBody(context: ExecutionContext): boolean {
  const parameters = (Reflect.getMetadata(
    ROUTE_ARGS_METADATA,
    context.getClass(),
    context.getHandler().name,
  ) ?? {}) as object;
  return Object.keys(parameters).some((name) => name.startsWith(`${RouteParamtypes.BODY}:`));
}

function isThere({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
}

function isEmpty({ headers }: Request): boolean {
  return headers['content-length'] === '0';
}
