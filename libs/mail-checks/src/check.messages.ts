import type { CompiledFolder, Context, Site } from '#libs/email/index.js';
import type { Finding } from './finding.js';

/** What the thread of the checks starts with. */
export interface ThreadData {
  folder: CompiledFolder;
  site: Site;
}

/** What it is asked. */
export interface MailToCheck {
  template: string;
  language: string;
  context: Context;
}

/** What it answers. */
export interface CheckedMail {
  findings: Finding[];
  /** Of the checks that it ran. */
  code: string;
}
