import { OnCallBatchController } from './batches/batch.controller.js';
import { OnCallBatchesController } from './batches/batches.controller.js';
import { OnCallCallBacksController } from './call-backs/call-backs.controller.js';
import { OnCallMailController } from './mail/mail.controller.js';
import { OnCallController } from './look/on-call.controller.js';
import { OnCallNotesController } from './trail/notes.controller.js';
import { OnCallQuarantineController } from './quarantine/quarantine.controller.js';
import { OnCallPausesController } from './look/pauses.controller.js';
import { OnCallResendController } from './resend/resend.controller.js';
import { OnCallServiceLevelController } from './service-level/service-level.controller.js';
import { OnCallSubmissionsController } from './submissions/submissions.controller.js';
import { OnCallSuppressionsController } from './suppressions/suppressions.controller.js';
import { OnCallUnreachableController } from './unreachable/unreachable.controller.js';
import { TrailController } from './trail/trail.controller.js';
import { WhyController } from './why/why.controller.js';

/** The pages of on-call: see, understand, act, hand over. */
export const ON_CALL_CONTROLLERS = [
  OnCallController,
  OnCallServiceLevelController,
  WhyController,
  OnCallMailController,
  OnCallResendController,
  OnCallPausesController,
  OnCallQuarantineController,
  OnCallSubmissionsController,
  OnCallNotesController,
  OnCallSuppressionsController,
  OnCallUnreachableController,
  OnCallBatchesController,
  OnCallBatchController,
  OnCallCallBacksController,
  TrailController,
];
