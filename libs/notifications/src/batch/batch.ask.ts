import { z } from 'zod';
import { foreignId } from '../terms/fields.js';
import { BATCH_ACTIONS } from './batch.actions.js';
import type { BatchAction } from './batch.actions.js';

export const NEEDS_STATE = { path: ['state'], message: 'goes with reminder-state, and with nothing else' };

/** What somebody asks for who brings a list, by whatever door. */
export const batchAsk = z
  .object({
    action: z
      .enum(BATCH_ACTIONS as [BatchAction, ...BatchAction[]])
      .describe('What is done for each return of the list.'),
    state: z
      .string()
      .regex(/^[A-Z]{2}$/, 'is not the postal code of a state, such as MA')
      .optional()
      .describe('The state that a reminder-state is about, by its postal code.'),
    incident: foreignId
      .optional()
      .describe('A label for people; the campaign of a reminder, which reaches nobody twice.'),
  })
  .refine(hasItsState, NEEDS_STATE);

/** A state goes with `reminder-state`, and with nothing else. */
export function hasItsState({ action, state }: { action?: BatchAction; state?: string }): boolean {
  return (action === 'reminder-state') === (state !== undefined);
}
