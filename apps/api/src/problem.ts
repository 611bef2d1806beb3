import { HttpException } from '@nestjs/common';

/** A problem of one member of a request. */
export interface ProblemMember {
  /** Where, as a JSON Pointer. */
  pointer: string;
  detail: string;
}

/** An answer by RFC 9457: what is wrong and what to do, all problems of a request at once. */
export class Problem extends HttpException {
  constructor(status: number, title: string, detail: string, errors?: ProblemMember[]) {
    super({ type: 'about:blank', title, status, detail, ...(errors ? { errors } : {}) }, status);
  }

  static invalid(errors: ProblemMember[]): Problem {
    return new Problem(422, 'Unprocessable Content', 'Mend the members below and send it again.', errors);
  }

  static notFound(what: string): Problem {
    return new Problem(404, 'Not Found', what);
  }
}
