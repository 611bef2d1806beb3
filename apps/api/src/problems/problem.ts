import { HttpException } from '@nestjs/common';
import { kindOf, PROBLEMS, typeOf } from './problem.kinds.js';
import type { ProblemKind } from './problem.kinds.js';

/** A problem of one member of a body, or of one parameter of a request. */
export interface ProblemMember {
  /** Where in the body, as a JSON Pointer. */
  pointer?: string;
  /** The parameter, when it is none of the body. */
  parameter?: string;
  in?: 'query' | 'path' | 'header';
  detail: string;
}

/** What an answer by RFC 9457 holds. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: ProblemMember[];
}

/** Members that one problem names: there may be as many at fault as a body has. */
const MOST_MEMBERS = 100;

interface ProblemOptions {
  type?: string;
  errors?: ProblemMember[];
  /** Seconds after which trying again makes sense. */
  retryAfter?: number;
}

/** An answer by RFC 9457: what is wrong and what to do, all problems of a request at once. */
export class Problem extends HttpException {
  readonly document: ProblemDocument;
  readonly retryAfter?: number;

  constructor(status: number, title: string, detail: string, options: ProblemOptions = {}) {
    const { type = typeOf(kindOf(status)), errors, retryAfter } = options;
    const document = { type, title, status, detail, ...(errors ? { errors } : {}) };
    super(document, status);
    this.document = document;
    this.retryAfter = retryAfter;
  }

  /** One of the list that /problems shows. */
  static of(kind: ProblemKind, detail: string, options: Omit<ProblemOptions, 'type'> = {}): Problem {
    const { status, title } = PROBLEMS[kind];
    return new Problem(status, title, detail, { ...options, type: typeOf(kind) });
  }

  /** One that was answered for a line, as an answer of its own. */
  static from({ status, title, detail, ...members }: ProblemDocument): Problem {
    return new Problem(status, title, detail, members);
  }

  static invalid(errors: ProblemMember[]): Problem {
    const left = errors.length - MOST_MEMBERS;
    return Problem.of(
      'invalid-request',
      left > 0
        ? `Mend what \`errors\` names, which are the first ${MOST_MEMBERS} of ${errors.length}, and what is like them, and send it again.`
        : 'Mend what `errors` names and send it again.',
      { errors: errors.slice(0, MOST_MEMBERS) },
    );
  }

  static notFound(what: string): Problem {
    return Problem.of('not-found', what);
  }
}
