import type { Response } from 'express';

/** What is answered where a call became a batch, for so many that nobody waits for it. `Located` says where that is. */
export function madeAsBatch(response: Response, id: string): { id: string } {
  response.status(202);
  return { id };
}
