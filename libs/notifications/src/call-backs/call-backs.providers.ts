import { CallBackEngine } from './call-back.engine.js';
import { CallBackLooks } from './call-back.looks.js';
import { CallBackTurns } from './call-back.turns.js';
import { CallBacks } from './call-backs.service.js';
import { Caller } from './caller.js';
import { EventFeed } from './event.feed.js';

/** What the doors and the timer call, and what that is made of. */
export const CALL_BACKS_PROVIDERS = [
  CallBackEngine,
  CallBackLooks,
  CallBackTurns,
  CallBacks,
  Caller,
  EventFeed,
];
