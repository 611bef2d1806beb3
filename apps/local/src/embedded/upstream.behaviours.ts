import type { ServerResponse } from 'node:http';

/** What the upstream says of an id: members as the wire has them, also wrong ones. */
export interface Known {
  status: unknown;
  final_status?: unknown;
  occurredAt?: unknown;
  rejectionCodes?: unknown;
}

interface Behaving {
  /** What it says of the id; nothing where it does not know it. */
  says?: Known;
  /** Spoils the whole answer in which the id is. */
  spoils?: (response: ServerResponse, answer: object) => void;
  /** For its page. */
  words: string;
}

/** What can become of an id, by the word that chooses it. */
export const BEHAVIOURS = {
  accepted: { says: { status: 'accepted' }, words: 'accepted' },
  rejected: {
    says: {
      status: 'rejected',
      rejectionCodes: [
        {
          MeFErrorCode: 'IND-031-04',
          MeFDescription:
            "'PrimaryPriorYearPIN' or 'PrimaryPriorYearAGIAmt' in the Return Header must match the e-File database.",
        },
        { MeFErrorCode: 'R0000-504-02' },
      ],
    },
    words: 'rejected, with two codes',
  },
  processing: { says: { status: 'processing' }, words: 'still in process' },
  unknown: { words: 'not known: the answer says nothing of it' },
  error: {
    spoils: (response) => {
      response.writeHead(500, { 'content-type': 'application/json' }).end('{}');
    },
    words: 'status 500, for all that are asked about with it',
  },
  silent: {
    // Whoever asks gives up, or the end of the simulator ends it.
    spoils: () => undefined,
    words: 'no answer at all, until whoever asks gives up',
  },
  half: {
    spoils: (response, answer) => {
      const whole = JSON.stringify(answer);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
      response.write(whole.slice(0, whole.length / 2), () => response.destroy());
    },
    words: 'half an answer, then the connection breaks',
  },
} as const satisfies Record<string, Behaving> as Record<Behaviour, Behaving>;

export type Behaviour = 'accepted' | 'rejected' | 'processing' | 'unknown' | 'error' | 'silent' | 'half';

/** The behaviour that an id asks for by its last word: `2026-4711.rejected`. */
export function behaviourIn(id: string): Behaviour | undefined {
  const word = /[.:_-]([a-z]+)$/i.exec(id)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(BEHAVIOURS, word) ? (word as Behaviour) : undefined;
}
