import { AcknowledgementPolls, BackupPolls } from './poll.service.js';
import { PollTurns } from './poll.turns.js';
import { Unacknowledged } from './unacknowledged.js';
import { Undecided } from './undecided.js';
import { Upstream } from './upstream.js';

/** What the timer and the terminal call, and what that is made of. */
export const POLL_PROVIDERS = [
  BackupPolls,
  AcknowledgementPolls,
  PollTurns,
  Unacknowledged,
  Undecided,
  Upstream,
];
