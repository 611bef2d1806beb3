/** Every kind of problem that we answer: its status, its title, and what its receiver is to do. /problems shows the list. */
export const PROBLEMS = {
  'bad-request': {
    status: 400,
    title: 'Bad Request',
    todo: 'The request cannot be read: the body is not JSON, or it broke off. Mend it; sending it again as it is fails again.',
  },
  unauthorized: {
    status: 401,
    title: 'Unauthorized',
    todo: 'Send a key that is known here: `Authorization: Bearer KEY`.',
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    todo: 'The key is known but may not do this. Ask for a key with the scope that the operation names.',
  },
  'not-found': {
    status: 404,
    title: 'Not Found',
    todo: 'There is no such thing, or not yet. The detail says what was looked for.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method Not Allowed',
    todo: 'The path is right, the method is not. The header `Allow` lists those that are.',
  },
  'not-acceptable': {
    status: 406,
    title: 'Not Acceptable',
    todo: 'Accept `application/json`, or leave the header out.',
  },
  conflict: {
    status: 409,
    title: 'Conflict',
    todo: 'The request contradicts what is recorded. The detail says what; look it up and decide anew.',
  },
  'idempotency-key-in-use': {
    status: 409,
    title: 'Idempotency Key In Use',
    todo: 'The first call with this Idempotency-Key is still running. Send the same call again after `Retry-After`.',
  },
  'content-too-large': {
    status: 413,
    title: 'Content Too Large',
    todo: 'Send it in parts, or as a stream of lines where the operation takes one.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported Media Type',
    todo: 'Send `Content-Type: application/json` (in UTF-8), or `application/x-ndjson` where the operation takes a stream.',
  },
  'invalid-request': {
    status: 422,
    title: 'Invalid Request',
    todo: 'The request was read but does not fit. `errors` names every member and parameter at fault at once; mend them all.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency Key Reused',
    todo: 'This Idempotency-Key came with another body before. Use a new key for what is a new call.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too Many Requests',
    todo: 'The limit of the key is used up, or too many wrong keys came from your address. Send the same request again after `Retry-After` seconds, with a right key.',
  },
  'internal-error': {
    status: 500,
    title: 'Internal Server Error',
    todo: 'Something failed on our side and is in our log. Send the request again, with the same Idempotency-Key if it had one.',
  },
  unavailable: {
    status: 503,
    title: 'Service Unavailable',
    todo: 'Nothing can be committed just now, or too much comes in at once. Send the same request again after `Retry-After` seconds; what was committed is not doubled.',
  },
} as const satisfies Record<string, { status: number; title: string; todo: string }>;

export type ProblemKind = keyof typeof PROBLEMS;
export const PROBLEM_KINDS = Object.keys(PROBLEMS) as ProblemKind[];

/** The general kind of a status: the first in the list that has it. */
export function kindOf(status: number): ProblemKind | undefined {
  return PROBLEM_KINDS.find((kind) => PROBLEMS[kind].status === status);
}

/** The `type` of a problem document: a reference that leads to its description. */
export function typeOf(kind: ProblemKind | undefined): string {
  return kind ? `/problems/${kind}` : 'about:blank';
}
