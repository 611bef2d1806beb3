import { OpsMailController } from './mail.controller.js';
import { OpsController } from './ops.controller.js';
import { OpsNotesController } from './notes.controller.js';
import { ParkedController } from './parked.controller.js';
import { OpsPausesController } from './pauses.controller.js';
import { OpsResendController } from './resend.controller.js';
import { OpsSubmissionsController } from './submissions.controller.js';
import { OpsSuppressionsController } from './suppressed.controller.js';
import { TrailController } from './trail.controller.js';
import { WhyController } from './why.controller.js';

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
