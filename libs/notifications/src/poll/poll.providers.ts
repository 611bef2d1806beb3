import { PollService } from './poll.service.js';
import { PollTurns } from './poll.turns.js';
import { Undecided } from './undecided.js';
import { Upstream } from './upstream.js';

/** What the timer and the terminal call. */
export const POLL_DOORS = [PollService];
export const POLL_PARTS = [PollTurns, Undecided, Upstream];
