/** What became of one conversation with a relay. A closed set: whoever switches over it covers all of it. */
export type HandOver =
  | { outcome: 'accepted'; responseCode: number; response: string }
  | {
      outcome: 'deferred';
      reason: DeferredReason;
      responseCode?: number;
      response?: string;
      /** Milliseconds that the relay asked us to wait. */
      retryAfter?: number;
    }
  | {
      outcome: 'refused';
      reason: 'recipient-refused' | 'message-refused';
      responseCode: number;
      response: string;
    }
  | {
      outcome: 'unknown';
      reason: UnknownReason;
      response?: string;
    };

/**
 * `relay-unreachable`: no conversation; `relay-full`: it takes nothing more of anybody right now; `relay-busy`: not this
 * mail, not now; `relay-refused`: it does not serve us, whoever the recipient; `relay-out-of-step`: before the mail went out it gave
 * an answer that fits no command.
 */
export type DeferredReason =
  'relay-unreachable' | 'relay-full' | 'relay-busy' | 'relay-refused' | 'relay-out-of-step';

/**
 * `lost-after-data`: no answer to the mail; `unclear-answer`: one that is neither yes nor no, or more than one; `worker-lost`: whoever
 * would have heard it is gone.
 */
export type UnknownReason = 'lost-after-data' | 'unclear-answer' | 'worker-lost';
