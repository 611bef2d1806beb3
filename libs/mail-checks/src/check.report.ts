import type { Finding } from './finding.js';

/** What is to say about one sample of one template in one language. */
export interface MailReport {
  template: string;
  language: string;
  sample: string;
  findings: Finding[];
}

export interface CatalogueReport {
  /** What is wrong with the files: such a template has no mails below. */
  files: Finding[];
  mails: MailReport[];
  /** No errors. */
  ok: boolean;
}

const RANK = { error: 0, warning: 1, note: 2 };

/** Errors first. */
export function inOrder(findings: Finding[]): Finding[] {
  return findings.toSorted((a, b) => RANK[a.level] - RANK[b.level]);
}
