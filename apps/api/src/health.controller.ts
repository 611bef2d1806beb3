import { Controller, Get, HttpCode } from '@nestjs/common';
import { LANES, OutgoingService, SendQueue } from '#libs/notifications/index.js';
import { PrismaService } from '#libs/platform/index.js';
import { NeedsNoKey } from './access/access.js';
import { live, ready } from './contract/health.answers.js';
import { Operation } from './docs/operation.js';
import { Problem } from './problems/problem.js';

/** Probes. Ready means: what is sent here can be committed; the send queue may be down, for the rows wait. */
@Controller('health')
@NeedsNoKey()
export class HealthController {
  constructor(
    private readonly prisma: PrismaService,
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
      '503 while Postgres does not answer. A send queue that is down, a relay that takes nothing and mails that wait for too long are shown and no reason to send nothing here.',
    answers: { 200: ready },
    open: true,
  })
  async ready() {
    await this.prisma.$queryRaw`SELECT 1`.catch(() => {
      throw Problem.of('unavailable', 'Postgres does not answer; nothing can be committed.');
    });
    const depths = await Promise.all(
      LANES.map((lane) => this.queue.depth(lane).catch(() => 'down' as const)),
    );
    const { relay, late, waiting } = await this.outgoing.look();
    return {
      status: 'ready',
      database: 'up',
      relay: relay
        ? { takesMails: false, since: relay.since, waiting, reason: relay.reason, words: relay.words }
        : { takesMails: true, waiting },
      late: { mails: late?.mails ?? 0, ...(late && { since: late.since, holdup: late.holdup }) },
      sendQueue: Object.fromEntries(LANES.map((lane, index) => [lane, depths[index]])),
    };
  }
}
