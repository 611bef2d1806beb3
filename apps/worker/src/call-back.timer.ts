import { setMaxListeners } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { CallBackEngine } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import { RepeatingTimer } from './repeating.timer.js';

/** Looks whether a backend has something to be told: whichever worker looks first. Where none is registered it reads an empty table. */
@Injectable()
export class CallBackTimer extends RepeatingTimer {
  private readonly stopping = new AbortController();

  constructor(
    private readonly engine: CallBackEngine,
    @Inject(SETTINGS) settings: Settings,
  ) {
    super(settings.CALL_BACK_EVERY, 'Call-backs could not be looked through; the next look will do its work');
    engine.prepare();
    // Each call that runs listens.
    setMaxListeners(0, this.stopping.signal);
  }

  /** Calls that run are cut off: what was not heard of is told again. */
  override async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await super.beforeApplicationShutdown();
    await this.engine.ended();
  }

  protected work(): Promise<unknown> {
    return this.engine.begin(this.stopping.signal);
  }
}
