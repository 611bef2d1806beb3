import { Controller, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { NOTABLE, NoteService } from '#libs/notifications/index.js';
import { NeedsScope } from '../access.js';
import type { CalledRequest } from '../key.guard.js';
import { Actor } from '../operate/acting.js';
import { readForm, SameOriginGuard } from '../pages/form.js';
import { readAs, words } from './form.fields.js';
import { RefusalPageFilter } from './refusal.page.js';
import { pageOf } from './trail.part.js';

const note = z.object({ kind: z.enum(NOTABLE), target: z.guid(), text: words });

/** Keeps a note with what it is about. */
@Controller('ops/notes')
@NeedsScope('operate')
@UseFilters(RefusalPageFilter)
export class OpsNotesController {
  constructor(private readonly notes: NoteService) {}

  @Post()
  @UseGuards(SameOriginGuard)
  async add(@Req() request: CalledRequest, @Actor() actor: string, @Res() response: Response): Promise<void> {
    const { kind, target, text } = readAs(note, await readForm(request));
    await this.notes.add(kind, target, { actor, text });
    response.redirect(303, pageOf(kind, target));
  }
}
