import { CheckedMails } from './checked.mails.js';
import { CompareController } from './compare.controller.js';
import { PastMailController } from './past-mail.controller.js';
import { PreviewController } from './preview.controller.js';
import { ShownMails } from './shown.mails.js';
import { TestMailController } from './test-mail.controller.js';

/** The pages at which people look at the mails, in the order in which a path is tried: a past notification is no template. */
export const PREVIEW_CONTROLLERS = [
  PastMailController,
  CompareController,
  TestMailController,
  PreviewController,
];
export const PREVIEW_PROVIDERS = [CheckedMails, ShownMails];
