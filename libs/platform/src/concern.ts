import { AsyncLocalStorage } from 'node:async_hooks';
import { traceIdOf } from './traceparent.js';

/** What the work that runs just now is about. */
export interface Concern {
  requestId?: string;
  messageId?: string;
  notificationId?: string;
  taxReturnId?: string;
  batchId?: string;
  /** The span that the work is part of, as W3C writes it. */
  traceparent?: string;
}

const current = new AsyncLocalStorage<Concern>();

/**
 * Does work that is about something: each of its log lines says so, and its steps belong to its trace. A door says it once, and
 * nobody behind it has to repeat it. What is known of the work around it stays known.
 */
export function concerning<T>(about: Concern, work: () => T): T {
  return current.run({ ...current.getStore(), ...about }, work);
}

/** Says more of the work that runs just now, once it is known. Nothing where no door has said what that is. */
export function alsoConcerning(about: Concern): void {
  Object.assign(current.getStore() ?? {}, about);
}

/** Does what belongs to several callers, so that it is not taken for the work of the first of them. */
export function concerningNobody<T>(work: () => T): T {
  return current.exit(work);
}

/** The trace that the work which runs just now is part of; undefined where it is part of none. */
export function traceparent(): string | undefined {
  return current.getStore()?.traceparent;
}

/** What stands on each log line of the work that runs just now. */
export function concernOfLine(): Record<string, string | undefined> {
  const { traceparent: part, ...about } = current.getStore() ?? {};
  return part === undefined ? about : { ...about, traceId: traceIdOf(part) };
}
