import { randomUUID } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, Span, Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Sampler, SpanExporter } from '@opentelemetry/sdk-trace';
import { traceparent } from './concern.js';
import { spanOfStep } from './step.spans.js';
import { onStep } from './steps.js';
import type { StepFact } from './steps.js';
import { isSampled, spanIdOf, traceIdOf } from './traceparent.js';
import type { OpenSpan, SpanMaker, TracingSettings, Work, WorkEnd } from './spans.js';
import { within } from './within.js';

/** Spans that wait for the collector: those of about a thousand mails. What comes on top is dropped. */
const MOST_WAITING = 8_192;
/** Milliseconds that the collector has for an answer. */
const ANSWER_WITHIN = 5_000;
/** Milliseconds between two deliveries. */
const EVERY = 1_000;
/** Milliseconds that a process which ends waits for the collector. */
const LAST_WORDS = 3_000;

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER };

/**
 * Sends spans by OTLP/HTTP in JSON: one of each {@link Work}, and within it one of each step that is announced. Loaded only where
 * tracing is on, and so it imports nothing that others load: what it shared with them would be a bundle of its own. A collector that is slow or gone costs spans, and nothing else.
 */
export class OpenTelemetry implements SpanMaker {
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;
  private readonly endListening: () => void;
  private isAway = false;

  /**
   * @param endpoint without `/v1/traces`.
   * @param onLoss hears that spans are lost, once for as long as they are.
   */
  constructor(
    settings: TracingSettings,
    endpoint: string,
    private readonly onLoss: (error: Error) => void,
  ) {
    this.provider = new TracerProvider({
      sampler: samplerOf(settings),
      resource: resourceFromAttributes({
        'service.name': settings.OTEL_SERVICE_NAME,
        'service.instance.id': randomUUID(),
      }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: this.sayingOnce(
            new OTLPTraceExporter({
              url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
              timeoutMillis: ANSWER_WITHIN,
            }),
          ),
          maxQueueSize: MOST_WAITING,
          scheduledDelayMillis: EVERY,
          exportTimeoutMillis: 2 * ANSWER_WITHIN,
        }),
      ],
    });
    this.tracer = this.provider.getTracer('return-receipt');
    this.endListening = onStep((fact) => this.hear(fact));
  }

  begin({ name, kind, attributes, isMessage }: Work, parent?: string): OpenSpan & { traceparent: string } {
    const context = contextOf(parent);
    const cause = isMessage ? trace.getSpanContext(context) : undefined;
    const links = cause ? [{ context: cause }] : [];
    const span = this.tracer.startSpan(name, { kind: KINDS[kind], attributes, links }, context);
    return { traceparent: traceparentOf(span), end: (how) => end(span, how) };
  }

  async end(): Promise<void> {
    this.endListening();
    await within(LAST_WORDS, this.provider.shutdown()).catch(() => undefined);
  }

  /** A step is over when it is heard of: its span began as long ago as it took. */
  private hear(fact: StepFact): void {
    const parent = fact.traceparent ?? traceparent();
    if (parent === undefined || !isSampled(parent)) return;
    const { name, kind, attributes, hasFailed } = spanOfStep(fact);
    const now = performance.timeOrigin + performance.now();
    const span = this.tracer.startSpan(
      name,
      { kind: kind ?? SpanKind.INTERNAL, attributes, startTime: now - fact.ms },
      contextOf(parent),
    );
    if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(now);
  }

  /** Says once that the collector is away, and again only when it has been there meanwhile. */
  private sayingOnce(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          if (result.error && !this.isAway) this.onLoss(result.error);
          this.isAway = result.error !== undefined;
          done(result);
        }),
      forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
      shutdown: () => exporter.shutdown(),
    };
  }
}

function end(span: Span, { hasFailed, name, attributes }: WorkEnd = {}): void {
  if (name !== undefined) span.updateName(name);
  if (attributes) span.setAttributes(attributes);
  if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

function contextOf(parent: string | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceIdOf(parent),
    spanId: spanIdOf(parent),
    traceFlags: isSampled(parent) ? 1 : 0,
    isRemote: true,
  });
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}

/** By the names of the standard; whoever follows another's trace does as he did. */
function samplerOf(settings: TracingSettings): Sampler {
  const { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio } = settings;
  const root = name.endsWith('always_off')
    ? new AlwaysOffSampler()
    : name.endsWith('traceidratio')
      ? new TraceIdRatioBasedSampler(ratio)
      : new AlwaysOnSampler();
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}
