import { Logger } from '@nestjs/common';
import type { OpenSpan, SpanMaker, TracingSettings, Work } from './spans.js';

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
