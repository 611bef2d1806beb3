import { createHash, randomUUID } from 'node:crypto';
import { HTTP_DOOR, messageSource } from '#libs/notifications/index.js';

/**
 * What a call counts as: calls with one Idempotency-Key count as the same, calls without one each as their own. The key
 * is the caller's and may be anything, so only its hash is kept.
 */
export function callSource(idempotencyKey: string | undefined): string {
  if (!idempotencyKey) return messageSource(HTTP_DOOR, randomUUID());
  return messageSource(HTTP_DOOR, createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 32));
}
