import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { BEGINNING, EventFeed, feedCursorOf, placeOf } from '#libs/notifications/index.js';
import type { FeedPlace } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { eventPage } from '../contract/call-backs.answers.js';
import { eventsQuery } from '../contract/call-backs.requests.js';
import { Operation } from '../docs/operation.js';
import { Problem } from '../problems/problem.js';
import { eventsWords } from './call-backs.words.js';

/** What happened, for whoever keeps up with it. */
@Controller('v1/events')
@NeedsScope('read')
export class EventsController {
  constructor(private readonly feed: EventFeed) {}

  @Get()
  @Operation({ ...eventsWords, answers: { 200: eventPage }, problems: ['invalid-request'] })
  async read(@Query({ schema: eventsQuery }) { after, from, limit }: z.infer<typeof eventsQuery>) {
    const place = await this.placeFrom(after, from);
    const rows = from === 'now' ? [] : await this.feed.after(place, limit);
    const nextCursor = feedCursorOf(rows.at(-1) ?? place);
    return {
      items: await this.feed.withStatus(rows),
      more: rows.length === limit,
      nextCursor,
      next: `/v1/events?${new URLSearchParams({ after: nextCursor, limit: String(limit) }).toString()}`,
    };
  }

  /** @throws Problem */
  private async placeFrom(after: string | undefined, from: 'now' | undefined): Promise<FeedPlace> {
    if (from !== undefined) {
      if (after === undefined) return this.feed.now();
      throw wrongCursor('goes without `from`: name one of the two');
    }
    const place = after === undefined ? BEGINNING : placeOf(after);
    if (!place) throw wrongCursor('is not a cursor; take `nextCursor` from the page before');
    // One of a database that this one was not made from in whole would hide all that happens here.
    if (after !== undefined && !(await this.feed.hasReached(place)))
      throw wrongCursor('is ahead of this database; begin without it, or with `from=now`');
    return place;
  }
}

function wrongCursor(detail: string): Problem {
  return Problem.invalid([{ parameter: 'after', in: 'query', detail }]);
}
