// What a process that serves may load: the checks themselves run in a thread of their own, which loads them.
export { CheckDesk } from './check.desk.js';
export type { CheckProgress } from './check.desk.js';
export type { MailReport } from './check.report.js';
export { checkTable } from './check.table.js';
export type { CheckRow, Verdict } from './check.table.js';
export { CHECKS, CHECK_NAMES } from './finding.js';
export type { Finding } from './finding.js';
