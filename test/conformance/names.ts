/**
 * What Direct File calls our templates and events. Written out here: a test that asked the code under test for its
 * names would find every name right.
 */
const WIRE_NAMES: Record<string, string> = {
  submitted: 'SUBMITTED',
  'submission-error/pre': 'PRE_SUBMISSION_ERROR',
  'submission-error/post': 'POST_SUBMISSION_ERROR',
  'error-resolved': 'ERROR_RESOLVED',
  accepted: 'ACCEPTED',
  rejected: 'REJECTED',
  'reminder-submit': 'REMINDER_SUBMIT',
  'reminder-resubmit': 'REMINDER_RESUBMIT',
  'reminder-state': 'REMINDER_STATE',
  'non-completion-survey': 'NON_COMPLETION_SURVEY',
};

const WIRE_EVENTS: Record<string, string> = {
  error_xml: 'failed',
  error_mef: 'failed',
  error_resolved: 'errorresolved',
  reminder_submit: 'remindersubmit',
  reminder_resubmit: 'reminderresubmit',
  reminder_state: 'reminderstatetax',
};

/** Direct File's name of one of our templates. */
export function wireTemplate(template: string, stage: string | null): string {
  return WIRE_NAMES[template] ?? WIRE_NAMES[`${template}/${stage ?? 'post'}`] ?? `${template}?`;
}

/** Our template and stage of a Direct File name. */
export function ownTemplate(wire: string): { template: string; stage: string | null } {
  const [name] = Object.entries(WIRE_NAMES).find(([, candidate]) => candidate === wire) ?? [];
  if (name === undefined) throw new Error(`there is no template ${wire}`);
  const [template = '', stage = null] = name.split('/');
  return { template, stage };
}

/** Direct File's spelling of one of our events, in lower case. */
export function wireEvent(type: string): string {
  return WIRE_EVENTS[type] ?? type;
}

/** Our name of an event in Direct File's spelling. */
export function ownEvent(wire: string, failureCategory?: string | null): string {
  if (wire === 'failed') return failureCategory === 'validation' ? 'error_xml' : 'error_mef';
  const [own] = Object.entries(WIRE_EVENTS).find(([, candidate]) => candidate === wire) ?? [];
  return own ?? wire;
}
