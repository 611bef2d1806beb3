/** Why nothing of a batch can be run. */
export type RefusedReason =
  | 'unreadable'
  | 'no-column'
  | 'no-usable-row'
  | 'same-content'
  | 'broken-off'
  | 'object-gone'
  | 'object-replaced'
  | 'unknown-job'
  | 'unknown-action';

/** A list that nothing can be run of. The message says what to do, in a sentence without values. */
export class ListRefused extends Error {
  constructor(
    readonly reason: RefusedReason,
    message: string,
  ) {
    super(message);
  }
}

/** Of a list whose sender is gone before its last row. */
export function brokenOff(origin: string): ListRefused {
  return new ListRefused(
    'broken-off',
    origin === 'terminal'
      ? 'The terminal ended before the last row was read. Call it again with the same list.'
      : 'The upload broke off before its last row. Send the list again.',
  );
}

/** A list that cannot be had just now, for no fault of its own. The message says why, in a sentence. */
export class ListAway extends Error {}
