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

/** A list that cannot be had just now, for no fault of its own. The message says why, in a sentence. */
export class ListAway extends Error {}
