import { Injectable, Logger } from '@nestjs/common';
import { PrismaService } from '#libs/platform/index.js';
import type { Guard } from '#libs/platform/index.js';
import { PauseService } from '../../operate/pause.service.js';
import type { Pausable } from '../../terms/mail.kinds.js';

/** What a guard holds back until a person resumes it. */
export interface GuardPause {
  guard: string;
  template: string;
  since: Date;
  /** What the guard had counted, and its limit. */
  reason: string;
}

/** What a guard found. */
export interface Finding {
  guard: Guard;
  targets: Pausable[];
  reason: string;
  counted: number;
}

/** Pauses as a person would, in the same rows and with a trail, and says so in the log. */
@Injectable()
export class GuardPauses {
  private readonly logger = new Logger(GuardPauses.name);

  constructor(
    private readonly prisma: PrismaService,
    private readonly pauses: PauseService,
  ) {}

  /** What is paused already stays as it is. */
  async pause({ guard, targets, reason, counted }: Finding): Promise<void> {
    const name = `guard-${guard}`;
    for (const target of targets)
      if (await this.pauses.pause(target, { actor: name, reason }, { guard, counted }))
        this.logger.error({
          message: `Paused by ${name}: ${target}. ${reason}`,
          alarm: name,
          target,
          counted,
        });
  }

  held(): Promise<GuardPause[]> {
    return this.prisma.$queryRaw<GuardPause[]>`
      SELECT guard, template, since, reason FROM pauses WHERE guard IS NOT NULL ORDER BY since, template`;
  }
}
