import { z } from 'zod';
import { rejectionCode } from '../terms/fields.js';
import type { RejectionCode } from '../terms/fields.js';
import { happenedAt } from '../terms/instants.js';
import type { Decided } from './poll.path.js';
import type { Reading } from './upstream.answer.js';

/** What the authority decided of a submission, as the upstream passes it on. */
export interface Acknowledgement extends Decided {
  occurredAt?: Date;
  rejectionCodes?: RejectionCode[];
}

const ON_THE_WAY = ['pending', 'processing', 'submitted'];

const acknowledgement = z.object({
  id: z.string(),
  attributes: z.object({
    status: z.string(),
    // A decision must not wait for a time or a code that cannot be read.
    occurredAt: happenedAt.nullish().catch(undefined),
    rejectionCodes: z.array(z.unknown()).nullish().catch(undefined),
  }),
});

/** What the primary path answers. */
export const ACKNOWLEDGEMENTS: Reading<z.infer<typeof acknowledgement>, Acknowledgement> = {
  entry: acknowledgement,
  verdictOf({ id, attributes: { status, occurredAt, rejectionCodes } }) {
    if (status !== 'accepted' && status !== 'rejected') return null;
    const codes = (rejectionCodes ?? []).flatMap((code) => rejectionCode.safeParse(code).data ?? []);
    return {
      id,
      status,
      occurredAt: occurredAt ?? undefined,
      ...(codes.length > 0 ? { rejectionCodes: codes } : {}),
    };
  },
  isStrange: ({ attributes: { status } }) =>
    status !== 'accepted' && status !== 'rejected' && !ON_THE_WAY.includes(status),
};
