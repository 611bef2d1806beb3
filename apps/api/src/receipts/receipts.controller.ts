import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ReceiptIntake } from '#libs/notifications/index.js';
import { NeedsScope } from '../access/access.js';
import { receiptOutcome } from '../contract/receipts.answers.js';
import { Operation, problemsOfBody } from '../docs/operation.js';
import { receiptWords } from '../docs/words.js';
import { receiptDocument, receiptMail } from '../contract/receipts.requests.js';

/** What became of mails after a relay took them: the same door as the queue. */
@Controller('v1/receipts')
@NeedsScope('receipts')
export class ReceiptsController {
  constructor(private readonly receipts: ReceiptIntake) {}

  /** 202 means: committed. What SNS or a relay sent wrongly it would send again as it is, so that is no error here. */
  @Post()
  @HttpCode(202)
  @Operation({
    ...receiptWords,
    takes: {
      'application/json': [receiptDocument],
      'text/plain': [receiptDocument],
      'message/rfc822': [receiptMail],
    },
    answers: { 202: receiptOutcome },
    problems: problemsOfBody(),
  })
  take(@Body() body: unknown) {
    return this.receipts.accept(typeof body === 'string' ? body : JSON.stringify(body ?? null));
  }
}
