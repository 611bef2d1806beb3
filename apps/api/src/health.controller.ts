import { Controller, Get, HttpCode } from '@nestjs/common';
import { LANES, OutgoingService, SendQueue } from '#libs/notifications/index.js';
import type { Outgoing } from '#libs/notifications/index.js';
import { DatabaseWatch, within } from '#libs/platform/index.js';
import { NeedsNoKey } from './access/access.js';
import { live, ready } from './contract/health.answers.js';
import { Operation } from './docs/operation.js';
import { Problem } from './problems/problem.js';

/** Milliseconds: whoever probes waits for a second or three, and starting the probe takes some of it. */
const ANSWER_WITHIN = 300;

/** Probes. Ready means: what is sent here can be committed; the send queue may be down, for the rows wait. */
@Controller('health')
@NeedsNoKey()
export class HealthController {
  private looking: Promise<Outgoing> | undefined;

  constructor(
    private readonly database: DatabaseWatch,
    private readonly queue: SendQueue,
    private readonly outgoing: OutgoingService,
  ) {}

  @Get('live')
  @HttpCode(200)
  @Operation({ summary: 'Is the process alive?', answers: { 200: live }, open: true })
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  @Operation({
    summary: 'Can it commit?',
    about:
      '503 while Postgres does not answer or takes no writes. A send queue that is down, a relay that takes nothing, one of two that is ill and mails that wait for too long are shown and no reason to send nothing here. It answers within half a second, whatever is down; what it could not learn by then is left out.',
    answers: { 200: ready },
    open: true,
  })
  async ready() {
    const [takesWrites, outgoing, ...depths] = await Promise.all([
      this.database.takesWrites(ANSWER_WITHIN),
      within(ANSWER_WITHIN, this.look()).catch(() => undefined),
      ...LANES.map((lane) => this.queue.depth(lane, ANSWER_WITHIN).catch(() => 'down' as const)),
    ]);
    if (!takesWrites)
      throw Problem.of(
        'unavailable',
        'Postgres does not answer, or takes no writes; nothing can be committed.',
      );
    return {
      status: 'ready',
      database: 'up',
      ...(outgoing && factsOf(outgoing)),
      sendQueue: Object.fromEntries(LANES.map((lane, index) => [lane, depths[index]])),
    };
  }

  /** One question at a time, however many probe: who does not wait for the answer leaves the question behind. */
  private look(): Promise<Outgoing> {
    this.looking ??= this.outgoing.look().finally(() => (this.looking = undefined));
    return this.looking;
  }
}

/** Whether mails go out: for whoever watches, no reason to send nothing here. */
function factsOf({ relay, late, second, waiting }: Outgoing) {
  return {
    relay: relay
      ? { takesMails: false, since: relay.since, waiting, reason: relay.reason, words: relay.words }
      : { takesMails: true, waiting },
    ...(second && { relays: second }),
    late: { mails: late?.mails ?? 0, ...(late && { since: late.since, holdup: late.holdup }) },
  };
}
