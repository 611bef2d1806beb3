/** Where a batch can stand. */
export const BATCH_STATES = [
  /** Its rows are read, then looked at one by one. */
  'validating',
  /** All rows are looked at. It waits for somebody to start it. */
  'validated',
  /** The same, of one so large that another person has to approve it first. */
  'awaiting-approval',
  'running',
  /** Somebody paused it. */
  'paused',
  /** It stopped by itself, since too many of its mails failed or came back. */
  'stopped',
  /** Each row has its result. */
  'finished',
  /** Somebody ended it before its end. */
  'aborted',
  /** Nothing of it can be run: its list cannot be read, has no usable row, or ran before. */
  'refused',
] as const;
export type BatchState = (typeof BATCH_STATES)[number];
