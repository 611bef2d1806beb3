import { OpsMailController } from './mail/mail.controller.js';
import { OpsController } from './look/ops.controller.js';
import { OpsNotesController } from './trail/notes.controller.js';
import { ParkedController } from './parked/parked.controller.js';
import { OpsPausesController } from './look/pauses.controller.js';
import { OpsResendController } from './resend/resend.controller.js';
import { OpsSubmissionsController } from './submissions/submissions.controller.js';
import { OpsSuppressionsController } from './suppressed/suppressed.controller.js';
import { TrailController } from './trail/trail.controller.js';
import { WhyController } from './why/why.controller.js';

/** The pages of on-call: see, understand, act, hand over. */
export const OPS_CONTROLLERS = [
  OpsController,
  WhyController,
  OpsMailController,
  OpsResendController,
  OpsPausesController,
  ParkedController,
  OpsSubmissionsController,
  OpsNotesController,
  OpsSuppressionsController,
  TrailController,
];
