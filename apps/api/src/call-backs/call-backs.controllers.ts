import { CallBacksController } from './call-backs.controller.js';
import { EventsController } from './events.controller.js';

/** What happened, and who is told of it. */
export const CALL_BACKS_CONTROLLERS = [EventsController, CallBacksController];
