import { SpanKind } from '@opentelemetry/api';
import type { SpanAttributes } from './spans.js';
import type { Step, StepFact } from './steps.js';

interface StepSpan {
  name: string;
  kind?: SpanKind;
  attributes: SpanAttributes;
  hasFailed?: boolean;
}

/** What a step is called in a trace. Names that the semantic conventions of OpenTelemetry have are theirs. */
const NAMES: Record<Step, string> = {
  received: 'receive messages',
  recorded: 'record entry',
  enqueued: 'enqueue job',
  acknowledged: 'acknowledge messages',
  claimed: 'claim',
  rendered: 'render',
  opened: 'open delivery',
  'data-began': 'begin body',
  'handed-over': 'SMTP',
  concluded: 'conclude',
  settled: 'settle',
  'upstream-answered': 'ask upstream',
  'came-back': 'record receipt',
  'round-ended': 'round',
};

const KINDS: Partial<Record<Step, SpanKind>> = {
  enqueued: SpanKind.PRODUCER,
  'handed-over': SpanKind.CLIENT,
  'upstream-answered': SpanKind.CLIENT,
};

/** A step as a span: what the fact says, under the names of the conventions. */
export function spanOfStep(fact: StepFact): StepSpan {
  const { step } = fact;
  return { name: NAMES[step], kind: KINDS[step], attributes: attributesOf(fact), hasFailed: hasFailed(fact) };
}

function attributesOf(fact: StepFact): SpanAttributes {
  return {
    'return_receipt.id': fact.id,
    ...('template' in fact ? { 'return_receipt.template': fact.template } : {}),
    ...('outcome' in fact ? { 'return_receipt.outcome': fact.outcome } : {}),
    ...('attempt' in fact ? { 'return_receipt.attempt': fact.attempt } : {}),
    ...('relay' in fact ? serverOf(fact.relay) : {}),
  };
}

function serverOf(relay: string): SpanAttributes {
  const { hostname, port } = new URL(`smtp://${relay}`);
  return {
    'network.protocol.name': 'smtp',
    'server.address': hostname,
    ...(port === '' ? {} : { 'server.port': Number(port) }),
  };
}

function hasFailed(fact: StepFact): boolean {
  return fact.step === 'handed-over' && fact.outcome !== 'accepted';
}
