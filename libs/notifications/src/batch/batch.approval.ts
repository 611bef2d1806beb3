import { Injectable } from '@nestjs/common';
import { ActionRefused } from '../audit/refusal.js';
import { BatchReader } from './batch.reader.js';
import { BatchSamples } from './batch.samples.js';
import { BatchService } from './batch.service.js';
import type { Calling } from './batch.service.js';

/** The yes of another person, who says which report and which mails they have looked at. */
@Injectable()
export class BatchApproval {
  constructor(
    private readonly reader: BatchReader,
    private readonly samples: BatchSamples,
    private readonly batches: BatchService,
  ) {}

  /**
   * @param seen the revision of what was looked at; it goes into the trail.
   * @throws NothingToActOn; ActionRefused when it waits for no approval, when whoever made it wants to approve it, or when it would
   * send something else than what was looked at.
   */
  async approve(id: string, seen: string, acting: Calling): Promise<void> {
    const batch = await this.reader.find(id);
    // What is refused for another reason is refused with that one.
    const mayBe = batch?.state === 'awaiting-approval' && batch.madeBy !== acting.actor;
    if (mayBe && (await this.samples.shown(batch)).revision !== seen)
      throw new ActionRefused(
        'not-seen',
        'What you looked at is not what it would send: its mails have changed since, or they were those of another batch. Look at its report and its mails again.',
      );
    await this.batches.approve(id, seen, acting);
  }
}
