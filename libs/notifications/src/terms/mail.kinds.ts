/** Which mails there are, in which lane they travel, and what Direct File calls them. */
const templates = {
  submitted: { lane: 'urgent', wire: ['SUBMITTED'] },
  'submission-error': { lane: 'urgent', wire: ['PRE_SUBMISSION_ERROR', 'POST_SUBMISSION_ERROR'] },
  'error-resolved': { lane: 'urgent', wire: ['ERROR_RESOLVED'] },
  accepted: { lane: 'urgent', wire: ['ACCEPTED'] },
  rejected: { lane: 'urgent', wire: ['REJECTED'] },
  'reminder-submit': { lane: 'bulk', wire: ['REMINDER_SUBMIT'] },
  'reminder-resubmit': { lane: 'bulk', wire: ['REMINDER_RESUBMIT'] },
  'reminder-state': { lane: 'bulk', wire: ['REMINDER_STATE'] },
  'non-completion-survey': { lane: 'bulk', wire: ['NON_COMPLETION_SURVEY'] },
} as const satisfies Record<string, { lane: Lane; wire: readonly string[] }>;

export type Template = keyof typeof templates;
/** Bulk mail never stands in front of an urgent one. */
export type Lane = 'urgent' | 'bulk';
/** Whether the submission failed before or after it was handed on. */
export type Stage = 'pre' | 'post';

export const TEMPLATES = Object.keys(templates) as Template[];
export const LANES: readonly Lane[] = ['urgent', 'bulk'];

export function isTemplate(name: string): name is Template {
  return Object.hasOwn(templates, name);
}

/** What is asked for together with many others never stands before one that stands alone, whatever its template. */
export function laneOf({ template, inBatch }: { template: string; inBatch: boolean }): Lane {
  return isTemplate(template) && !inBatch ? templates[template].lane : 'bulk';
}

/** The templates that travel in a lane. */
export function templatesOf(lane: Lane): Template[] {
  return TEMPLATES.filter((template) => templates[template].lane === lane);
}

/** The lane in which a notification of `table` travels, as an expression of SQL. */
export function laneSql(table: string): string {
  const urgent = templatesOf('urgent').map((template) => `'${template}'`);
  return `(CASE WHEN ${table}.batch_id IS NULL AND ${table}.template IN (${urgent.join(', ')}) THEN 'urgent' ELSE 'bulk' END)`;
}

/** What can be paused: a template, a lane, or everything. */
export type Pausable = Template | Lane | 'all';
export const PAUSABLE: readonly Pausable[] = ['all', ...LANES, ...TEMPLATES];

/** The pause `p` holds the notification `n` back. */
export const HELD_BY_PAUSE = `p.template IN (n.template, 'all', ${laneSql('n')})`;

/** A template by its own name or by Direct File's; `stage` where the name says it. */
export function templateByName(name: string): { template: Template; stage?: Stage } | undefined {
  if (isTemplate(name)) return { template: name };
  const template = TEMPLATES.find((candidate) =>
    (templates[candidate].wire as readonly string[]).includes(name),
  );
  if (!template) return undefined;
  if (template !== 'submission-error') return { template };
  return { template, stage: name === 'PRE_SUBMISSION_ERROR' ? 'pre' : 'post' };
}

/** Every name that Direct File has for a template. */
export function wireNames(): string[] {
  return TEMPLATES.flatMap((template) => [...templates[template].wire]);
}
