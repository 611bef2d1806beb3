import type { Response } from 'express';

/** What is answered where a call became a batch, for so many that nobody waits for it: where that is. */
export function madeAsBatch(response: Response, id: string): { id: string } {
  response.status(202).location(`/v1/batches/${id}`);
  return { id };
}
