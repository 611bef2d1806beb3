import { Logger } from '@nestjs/common';
import type { Settings } from './settings.js';

/** Settings that say whether and where spans go. */
export type TracingSettings = Pick<
  Settings,
  'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_SERVICE_NAME' | 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'
>;

/** Words of closed lists, numbers and ids; never an address, nor what a mail says. */
export type SpanAttributes = Record<string, string | number>;

/** Work that begins at a door and takes its time. What it consists of are steps (steps.ts), which need no word here. */
export interface Work {
  name: string;
  kind: 'server' | 'client' | 'consumer';
  attributes: SpanAttributes;
  /** It was caused by a message: the span of who wrote it is linked as well. */
  isMessage?: boolean;
}

/** How work ended. */
export interface WorkEnd {
  hasFailed?: boolean;
  /** Where it is known only then. */
  name?: string;
  attributes?: SpanAttributes;
}

/** Work that is under way. */
export interface OpenSpan {
  /** What carries it on: into its steps, jobs and calls. Undefined where there is no trace. */
  traceparent?: string;
  end: (how?: WorkEnd) => void;
}

/** What makes spans of work. */
export interface SpanMaker {
  begin(work: Work, parent?: string): OpenSpan & { traceparent: string };
  /** Sends what is left and ends. */
  end(): Promise<void>;
}

let maker: SpanMaker | undefined;

/** Spans go to OTEL_EXPORTER_OTLP_ENDPOINT from now on. Without it nothing of OpenTelemetry is loaded. */
export async function startTracing(settings: TracingSettings): Promise<void> {
  if (settings.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return;
  const { OpenTelemetry } = await import('./open.telemetry.js');
  const logger = new Logger('Tracing');
  maker = new OpenTelemetry(settings, settings.OTEL_EXPORTER_OTLP_ENDPOINT, (err) =>
    logger.warn({ message: 'Spans do not reach the collector and are lost until they do; mails go on', err }),
  );
}

/** Sends what is left, and takes a few seconds for it at most. */
export async function endTracing(): Promise<void> {
  const ending = maker;
  maker = undefined;
  await ending?.end();
}

/**
 * Begins work at a door. Without tracing it costs nothing, and the trace of others goes on as it came: theirs has a gap then, and
 * log lines name it all the same.
 * @param parent as {@link readTraceparent} read it.
 */
export function beginSpan(work: () => Work, parent: string | undefined): OpenSpan {
  return maker ? maker.begin(work(), parent) : { traceparent: parent, end: nothing };
}

function nothing(): void {
  // There is no span.
}
