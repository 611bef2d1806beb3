/** What is told of an error. Libraries hang whole clients on theirs, with sockets, buffers and passwords. */
interface PlainError {
  type: string;
  message: string;
  stack?: string;
  code?: string | number;
  cause?: unknown;
  /** Of several that happened together, such as a try for each address of a host: each. */
  errors?: PlainError[];
}

/** A chain of causes that is longer than this goes in a circle. */
const LONGEST_CHAIN = 8;
/** Levels that pino writes out. */
const DEEPEST = 5;

/** An error without its other members. A cause is told in the same way; one that is no error only if it is a word or a number. */
function plainError(error: Error, depth = 1): PlainError {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.constructor.name,
    message: error.message,
    stack: error.stack,
    ...(isScalar(code) ? { code } : {}),
    ...(cause instanceof Error && depth < LONGEST_CHAIN ? { cause: plainError(cause, depth + 1) } : {}),
    ...(isScalar(cause) ? { cause } : {}),
    ...(error instanceof AggregateError && depth < LONGEST_CHAIN ? { errors: each(error, depth) } : {}),
  };
}

function each({ errors }: AggregateError, depth: number): PlainError[] {
  const known = errors.filter((one): one is Error => one instanceof Error);
  return known.slice(0, LONGEST_CHAIN).map((one) => plainError(one, depth + 1));
}

/** A value as it may be logged: each error in it plain, down to where a log line ends anyway. */
export function withPlainErrors(value: unknown, depth = 1): unknown {
  if (value instanceof Error) return plainError(value);
  if (depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((member) => withPlainErrors(member, depth + 1));
  if (!isPlainObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, withPlainErrors(member, depth + 1)]);
  return Object.fromEntries(members) as unknown;
}

/** For a person at a terminal: the stack, what happened together, and the stack of each cause. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = [];
  for (let one: PlainError | undefined = plainError(error); one; one = causeOf(one))
    lines.push([one.stack ?? wordsOf(one), ...(one.errors ?? []).map(wordsOf)].join('\n  '));
  return lines.join('\nbecause of ');
}

function wordsOf({ type, message }: PlainError): string {
  return `${type}: ${message}`;
}

function causeOf({ cause }: PlainError): PlainError | undefined {
  return typeof cause === 'object' ? (cause as PlainError) : undefined;
}

function isScalar(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
