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
