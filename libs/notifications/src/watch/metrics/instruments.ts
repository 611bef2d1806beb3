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
      labelNames: ['template', 'outcome'],
      registers,
    }),
    conversations: new Counter({
      name: 'receipt_conversations_total',
      help: 'Conversations with a relay that ended. outcome: accepted, deferred, refused, unknown.',
      labelNames: ['relay', 'outcome'],
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
      labelNames: ['template'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400, 86400],
      registers,
    }),
    polls: new Counter({
      name: 'receipt_upstream_answers_total',
      help: 'Batches of submissions that the upstream answered.',
      registers,
    }),
    rounds: new Gauge({
      name: 'receipt_last_round_timestamp_seconds',
      help: 'When this process last ended a round without an error, by its timer: sweep, poll, batch and the others.',
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
      help: '0 while the relay takes nothing, or fails most of what it is asked, and mails are due.',
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
  };
}

export type Instruments = ReturnType<typeof instrumentsIn>;
