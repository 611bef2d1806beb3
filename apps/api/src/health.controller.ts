import { Controller, Get, HttpCode } from '@nestjs/common';
import { LANES, SendQueue } from '#libs/notifications/index.js';
import { DatabaseWatch } from '#libs/platform/index.js';
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
  constructor(
    private readonly database: DatabaseWatch,
    private readonly queue: SendQueue,
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
      '503 while Postgres does not answer or takes no writes. A send queue that is down is shown and no reason to send nothing here. It answers within half a second, whatever is down.',
    answers: { 200: ready },
    open: true,
  })
  async ready() {
    const [takesWrites, ...depths] = await Promise.all([
      this.database.takesWrites(ANSWER_WITHIN),
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
      sendQueue: Object.fromEntries(LANES.map((lane, index) => [lane, depths[index]])),
    };
  }
}
