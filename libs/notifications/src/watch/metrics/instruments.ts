import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/**
 * Every instrument there is: its name ends in its unit, its help says what it means. Labels are words of closed lists, the host
 * of a relay, or the name of a queue: never an id, an address or what somebody wrote.
 */
export function instrumentsIn(registry: Registry) {
  const registers = [registry];
  return {
    /** What this process does. Sums over the processes are what the service does. */
    messages: new Counter({
      name: 'receipt_messages_total',
      help: 'Messages that were recorded, whatever door they came by. outcome: applied, duplicate, refused, parked.',
      labelNames: ['outcome'],
      registers,
    }),
    mails: new Counter({
      name: 'receipt_mails_total',
      help: 'Mails that a worker dealt with to the end of a try. outcome: handed-over, deferred (tried again later), refused (or given up), unknown, superseded, withheld, no-address.',
      labelNames: ['template', 'lane', 'outcome'],
      registers,
    }),
    conversations: new Counter({
      name: 'receipt_conversations_total',
      help: 'Conversations with a relay that ended. outcome: accepted, deferred, refused, unknown.',
      labelNames: ['relay', 'outcome'],
      registers,
    }),
    failures: new Counter({
      name: 'receipt_failures_total',
      help: 'Conversations in which a relay did not take the mail, by why. outcome: deferred, refused, unknown; reason: relay-unreachable, recipient-refused and the others of the list in docs/metrics.md.',
      labelNames: ['outcome', 'reason'],
      registers,
    }),
    receipts: new Counter({
      name: 'receipt_receipts_total',
      help: 'What was said of mails after a relay took them, each once. kind: delivery, hard-bounce, soft-bounce, complaint, notice; reason: of a bounce or a notice, else empty.',
      labelNames: ['kind', 'reason'],
      registers,
    }),
    conversationSeconds: new Histogram({
      name: 'receipt_conversation_seconds',
      help: 'How long a relay took over a mail, from its first command to its answer.',
      labelNames: ['relay'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    handOverSeconds: new Histogram({
      name: 'receipt_hand_over_seconds',
      help: 'How long a taxpayer waited: from when the mail was asked for, or asked for again, to the yes of the relay.',
      labelNames: ['template', 'lane'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400],
      registers,
    }),
    polls: new Counter({
      name: 'receipt_upstream_answers_total',
      help: 'Batches of submissions that the upstream was asked about. outcome: answered, in-vain (it failed, or refused them all).',
      labelNames: ['outcome'],
      registers,
    }),
    rounds: new Gauge({
      name: 'receipt_last_round_timestamp_seconds',
      help: 'When this process last ended a round without an error, by its timer: sweep, poll, batch and the others.',
      labelNames: ['timer'],
      registers,
    }),
    failedRounds: new Counter({
      name: 'receipt_rounds_failed_total',
      help: 'Rounds that ended with an error, by timer; the log says which.',
      labelNames: ['timer'],
      registers,
    }),

    /** What is on record. Each process says the same: take the maximum, not the sum. */
    databaseUp: new Gauge({
      name: 'receipt_database_up',
      help: '1 while Postgres answers; at 0 every other gauge of the record is missing. One that Postgres did not count in time is missing too.',
      registers,
    }),
    oldestUntold: new Gauge({
      name: 'receipt_oldest_untold_seconds',
      help: 'For how long the taxpayer who waits longest should have been told; 0 while nobody waits.',
      registers,
    }),
    oldestDue: new Gauge({
      name: 'receipt_oldest_due_seconds',
      help: 'For how long the mail that waits longest for its turn, or in its turn, has been due; 0 while none is due. Paused mails are not among them.',
      registers,
    }),
    oldestUnknown: new Gauge({
      name: 'receipt_oldest_unknown_seconds',
      help: 'For how long the oldest mail of which nobody knows whether it went out has been open; 0 while there is none.',
      registers,
    }),
    oldestParked: new Gauge({
      name: 'receipt_oldest_parked_seconds',
      help: 'For how long the oldest message has been in quarantine; 0 while it is empty.',
      registers,
    }),
    parked: new Gauge({
      name: 'receipt_parked',
      help: 'Messages in quarantine, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    standing: new Gauge({
      name: 'receipt_standing',
      help: 'Where submissions (axis delivered) and mails (axis told) stand; the three of an axis sum up to all there are.',
      labelNames: ['axis', 'standing'],
      registers,
    }),
    relayHealthy: new Gauge({
      name: 'receipt_relay_healthy',
      help: '0 while the relay takes nothing, or fails most of what it is asked, and mails are due. Of two relays each has its own.',
      labelNames: ['relay'],
      registers,
    }),
    relayInUse: new Gauge({
      name: 'receipt_relay_in_use',
      help: '1 for the relay by which mails go. With one relay always 1.',
      labelNames: ['relay'],
      registers,
    }),
    guardPaused: new Gauge({
      name: 'receipt_guard_paused',
      help: '1 while a guard holds mails back until a person resumes them. guard: volume, returns, contradiction.',
      labelNames: ['guard'],
      registers,
    }),
    queueDepth: new Gauge({
      name: 'receipt_queue_depth',
      help: 'Jobs of a lane that wait or run; missing while the queue does not answer.',
      labelNames: ['lane'],
      registers,
    }),
    batches: new Gauge({
      name: 'receipt_batches',
      help: 'Batches that are not over, by where they stand. state: validating, validated, awaiting-approval, running, paused, stopped.',
      labelNames: ['state'],
      registers,
    }),
    callBacks: new Gauge({
      name: 'receipt_call_backs',
      help: 'Call-backs. state: active, stopped (it said that it wants no more calls).',
      labelNames: ['state'],
      registers,
    }),
    callBackFailing: new Gauge({
      name: 'receipt_call_back_failing_seconds',
      help: 'For how long the call-back that has failed for longest has; 0 while none fails. Stopped ones are not among them.',
      registers,
    }),
    callBackBehind: new Gauge({
      name: 'receipt_call_back_behind_seconds',
      help: 'For how long the oldest event that an active call-back is yet to be told of has been on record; 0 while all are told.',
      registers,
    }),
    callBackAsides: new Gauge({
      name: 'receipt_call_back_asides',
      help: 'Events that a call-back was put on without. state: tried (again, by themselves), given-up (until a person asks for them).',
      labelNames: ['state'],
      registers,
    }),

    /** What SQS says. Only workers ask it, as only they may have to. */
    messagesWaiting: new Gauge({
      name: 'receipt_sqs_messages',
      help: 'Messages on a queue of SQS, in hand or not, as SQS counts them; missing while it does not answer.',
      labelNames: ['queue'],
      registers,
    }),
    deadLetters: new Gauge({
      name: 'receipt_sqs_dead_letters',
      help: 'Messages in the dead-letter queue of a queue of SQS; missing while it does not answer, and where there is none.',
      labelNames: ['queue'],
      registers,
    }),
  };
}

export type Instruments = ReturnType<typeof instrumentsIn>;
