import { Controller, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { PAUSABLE, PauseService } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { Actor } from '../../access/acting.js';
import { readForm } from '../../pages/form.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { readAs, words } from '../form.fields.js';
import { RefusalPageFilter } from '../refusal.page.js';

const form = z.object({ template: z.enum(PAUSABLE), reason: words });

/** Holds mails back, and lets them go. */
@Controller('ops/pauses')
@NeedsScope('operate')
@UseGuards(SameOriginGuard)
@UseFilters(RefusalPageFilter)
export class OnCallPausesController {
  constructor(private readonly pauses: PauseService) {}

  @Post()
  async pause(
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { template, reason } = readAs(form, await readForm(request));
    await this.pauses.pause(template, { actor, reason });
    response.redirect(303, '/ops#pauses');
  }

  @Post('end')
  async resume(
    @Req() request: CalledRequest,
    @Actor() actor: string,
    @Res() response: Response,
  ): Promise<void> {
    const { template, reason } = readAs(form, await readForm(request));
    await this.pauses.resume(template, { actor, reason });
    response.redirect(303, '/ops#pauses');
  }
}
