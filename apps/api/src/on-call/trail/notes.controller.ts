import { Controller, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { NOTABLE, NoteService } from '#libs/notifications/index.js';
import { NeedsScope } from '../../access/access.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { Actor } from '../../access/acting.js';
import { readForm } from '../../pages/form.js';
import { SameOriginGuard } from '../../access/same-origin.js';
import { uuidPath } from '../../contract/request.terms.js';
import { readAs, words } from '../form.fields.js';
import { RefusalPageFilter } from '../refusal.page.js';
import { pageOf } from './trail.part.js';

const form = z.object({ kind: z.enum(NOTABLE), target: uuidPath, text: words });

/** Notes for whoever comes next, on whatever people act on. */
@Controller('ops/notes')
@NeedsScope('operate')
@UseGuards(SameOriginGuard)
@UseFilters(RefusalPageFilter)
export class OnCallNotesController {
  constructor(private readonly notes: NoteService) {}

  @Post()
  async add(@Req() request: CalledRequest, @Actor() actor: string, @Res() response: Response): Promise<void> {
    const { kind, target, text } = readAs(form, await readForm(request));
    await this.notes.add(kind, target, { actor, text });
    response.redirect(303, pageOf(kind, target));
  }
}
