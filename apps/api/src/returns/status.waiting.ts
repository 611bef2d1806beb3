import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { Response } from 'express';
import { ReturnWatch } from '#libs/notifications/index.js';
import type { Revision } from '#libs/notifications/index.js';
import { SETTINGS } from '#libs/platform/index.js';
import type { Settings } from '#libs/platform/index.js';
import type { CalledRequest } from '../access/key.guard.js';
import { isTagOf } from './status.caching.js';
import { StatusPlaces } from './status.places.js';
import { waitAskedFor } from './status.prefer.js';

/** Reads which revision there is. */
type Find = () => Promise<Revision | undefined>;

/**
 * Lets a caller wait for another answer than the one that it has: `Prefer: wait=30` with `If-None-Match` (RFC 7240). Who has none is
 * answered at once, however long it would wait: nobody looks at an empty page for the sake of fewer calls.
 */
@Injectable()
export class StatusWaits implements BeforeApplicationShutdown {
  /** Each sends somebody on. */
  private readonly waiting = new Set<() => void>();
  private isEnding = false;

  constructor(
    private readonly watch: ReturnWatch,
    private readonly places: StatusPlaces,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'STATUS_WAIT'>,
  ) {}

  /**
   * Returns when it makes sense to answer: at once, unless it is asked to wait and nothing has changed. It says so in the answer when
   * the wish is granted; no wish of this kind is a reason to refuse a call.
   * @returns the newest revision that it has heard of.
   */
  async untilChanged(request: CalledRequest, response: Response, find: Find): Promise<bigint | undefined> {
    const tags = request.headers['if-none-match'];
    const asked = waitAskedFor(request.headers.prefer);
    if (asked === undefined || tags === undefined || this.isEnding || !request.caller) return undefined;
    const seconds = Math.min(asked, Math.floor(this.settings.STATUS_WAIT / 1_000));
    let leave;
    try {
      leave = this.places.take(request.caller);
    } catch {
      return undefined;
    }
    try {
      response.set('Preference-Applied', `wait=${seconds}`);
      const found = await find();
      if (!found || !isTagOf(found.revision, tags)) return found && BigInt(found.revision);
      return await this.another(found, find, seconds * 1_000, response);
    } finally {
      leave();
    }
  }

  beforeApplicationShutdown(): void {
    this.isEnding = true;
    for (const goOn of [...this.waiting]) goOn();
  }

  /** Until there is another revision, or nobody waits any more. */
  private async another(
    { taxReturnId, revision }: Revision,
    find: Find,
    limit: number,
    response: Response,
  ): Promise<bigint> {
    let newest = BigInt(revision);
    if (response.closed || this.isEnding) return newest;
    let goOn = (): void => undefined;
    const gone = new Promise<void>((resolve) => (goOn = resolve));
    this.waiting.add(goOn);
    response.once('close', goOn);
    const timer = setTimeout(goOn, limit);
    const stopWatching = this.watch.watch(taxReturnId, (newer) => {
      if (newer <= newest) return;
      newest = newer;
      goOn();
    });
    try {
      // What was committed before it was watched is read again; what goes wrong with that is answered by whoever reads next.
      const again = await find().catch(() => undefined);
      if (again && BigInt(again.revision) > newest) newest = BigInt(again.revision);
      else if (again) await gone;
      return newest;
    } finally {
      stopWatching();
      clearTimeout(timer);
      response.off('close', goOn);
      this.waiting.delete(goOn);
    }
  }
}
