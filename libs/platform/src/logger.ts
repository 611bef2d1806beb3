import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import type { Logger as PinoLogger } from 'pino';
import { concernOfLine } from './concern.js';
import { withPlainErrors } from './plain.errors.js';
import { withoutAddresses } from './redact.js';

/** Nest's own words on a start that failed. It throws the same, and failToStart says it once, for people. */
const NEST_ON_FAILED_STARTS = ['ExceptionHandler', 'NestApplication'];

/** Nest's own account of its modules and a line for each route: for who looks into a start. */
const NEST_ON_STARTS = ['InstanceLoader', 'RouterExplorer', 'RoutesResolver'];

/**
 * JSON lines on stdout, each with the ids of what the work is about (concern.ts). Of an error they hold its own words and no other member. The last thing before a line leaves the
 * process takes addresses out, whoever put them in.
 */
export class JsonLogger implements LoggerService {
  private readonly pino: PinoLogger;

  constructor(level: string, write: (line: string) => void = (line) => process.stdout.write(line)) {
    this.pino = pino(
      {
        level,
        base: null,
        messageKey: 'message',
        mixin: concernOfLine,
        formatters: { log: (members) => withPlainErrors(members) as Record<string, unknown> },
        // In place of pino's own, which adds every member of an error.
        serializers: { err: (plain: unknown) => plain },
      },
      { write: (line) => write(withoutAddresses(line)) },
    );
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.pino.debug(...line(message, rest));
  }

  log(message: unknown, ...rest: unknown[]): void {
    if (NEST_ON_STARTS.includes(String(rest.at(-1)))) return this.debug(message, ...rest);
    this.pino.info(...line(message, rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.pino.warn(...line(message, rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    if (NEST_ON_FAILED_STARTS.includes(String(rest.at(-1)))) return;
    this.pino.error(...line(message, rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.pino.fatal(...line(message, rest));
  }

  /** A development detail in Nest's words. */
  verbose(message: unknown, ...rest: unknown[]): void {
    this.pino.trace(...line(message, rest));
  }
}

/** Nest passes the context last; an error or a stack may stand between. */
function line(message: unknown, rest: unknown[]): [object, string] {
  const context = rest.at(-1);
  const fields = { context: typeof context === 'string' ? context : undefined, ...failure(rest) };
  if (message instanceof Error) return [{ ...fields, err: message }, message.message];
  if (typeof message === 'object' && message !== null) {
    const { message: text, ...members } = message as { message?: unknown };
    return [{ ...fields, ...members }, typeof text === 'string' ? text : ''];
  }
  return [fields, String(message)];
}

function failure(rest: unknown[]): { err?: Error; stack?: string } {
  const [first] = rest;
  if (first instanceof Error) return { err: first };
  return rest.length > 1 && typeof first === 'string' ? { stack: first } : {};
}
