import { prose } from '../docs/prose.js';

/** The prose of what is brought in from another system. */

export const importWords = {
  summary: 'Bring what another system knew of submissions',
  about:
    prose(`Each of the eleven states of the list becomes the fact that implies it, or says in its result why not. Nobody is mailed by it, and what is settled stays.
What waited here for such a submission, and what the authority decides when it is asked about it, is told as always. It is a batch:
\`GET /v1/batches/{id}\` says how many rows would be kept, \`POST /v1/batches/{id}/start\` keeps them, \`results.csv\` has what became of each. With \`dryRun\` it ends with its
report. The same list again finds everything done, so it needs no \`Idempotency-Key\`.`),
};
