const PARTS = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const NOTHING = /^0+$/;

/**
 * A `traceparent` of somebody else's (https://www.w3.org/TR/trace-context/), as we pass it on: of a later version the four parts that
 * ours has. Undefined for anything else, so that nothing comes in by it. `tracestate` is free text and is not passed on.
 */
export function readTraceparent(text: unknown): string | undefined {
  const [, version, trace = '', span = '', flags = '', more] =
    typeof text === 'string' ? (PARTS.exec(text) ?? []) : [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  return NOTHING.test(trace) || NOTHING.test(span) ? undefined : `00-${trace}-${span}-${flags}`;
}

/** The trace of a `traceparent` that was read. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** The span of a `traceparent` that was read. */
export function spanIdOf(traceparent: string): string {
  return traceparent.slice(36, 52);
}

/** Whether somebody keeps its spans. */
export function isSampled(traceparent: string): boolean {
  return (Number.parseInt(traceparent.slice(53), 16) & 1) === 1;
}
