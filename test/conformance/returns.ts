import type { Case, Given, GivenReturn } from './form.js';

/** A return that is to be registered: written out in the case, generated, or without a submission. */
export type PlannedReturn = GivenReturn & { taxYear?: number; createdAt?: string };

const GENERATED_AT = '2025-02-04T15:00:00.000+00:00';

/** All returns of a case, generated ones written out. */
export function plannedReturns({ returns, generatedReturns, unsubmittedReturns }: Given): PlannedReturn[] {
  const planned: PlannedReturn[] = returns.map((one) => ({ ...one, createdAt: one.submitTime ?? undefined }));
  if (generatedReturns) {
    const { from, to, emailPattern, submissionIdPattern, language, events } = generatedReturns;
    for (let n = from; n <= to; n += 1) {
      planned.push({
        ...numbered(n),
        createdAt: GENERATED_AT,
        facts: { '/email': fill(emailPattern, n), '/directFileLanguagePreference': language },
        submissions: [
          {
            key: `s${n}`,
            submissionId: fill(submissionIdPattern, n),
            createdAt: GENERATED_AT,
            events: events.map((type) => ({ type })),
          },
        ],
      });
    }
  }
  if (unsubmittedReturns) {
    const { count, taxYear, createdAt, language, emailPattern } = unsubmittedReturns;
    const taken = new Set(planned.map((one) => one.taxReturnId));
    for (let n = 1, made = 0; made < count; n += 1) {
      if (taken.has(numbered(n).taxReturnId)) continue;
      made += 1;
      planned.push({
        ...numbered(n),
        taxYear,
        createdAt,
        facts: { '/email': fill(emailPattern, made), '/directFileLanguagePreference': language },
        submissions: [],
      });
    }
  }
  return planned;
}

/** Puts the ids of generated returns where a case writes `<generated: the 6000 tax return ids>` instead of them. */
export function withGeneratedIds(json: string, given: Given): string {
  return json.replace(/"<generated: the \d+ (tax return|submission) ids>"/g, (_text, what: string) => {
    const { generatedReturns } = given;
    const generated = plannedReturns({ ...given, returns: [], unsubmittedReturns: undefined });
    if (!generatedReturns) throw new Error('the case speaks of generated ids but generates no returns');
    return JSON.stringify(
      generated.map((one) => (what === 'submission' ? one.submissions[0]?.submissionId : one.taxReturnId)),
    );
  });
}

/** How many returns a case registers: a measure of how long it takes. */
export function sizeOf({ given: { returns, generatedReturns, unsubmittedReturns } }: Case): number {
  const generated = generatedReturns ? generatedReturns.to - generatedReturns.from + 1 : 0;
  return returns.length + generated + (unsubmittedReturns?.count ?? 0);
}

function numbered(n: number): Pick<PlannedReturn, 'taxReturnId' | 'userId'> {
  const digits = String(n).padStart(12, '0');
  return {
    taxReturnId: `00000000-0000-4000-8000-${digits}`,
    userId: `10000000-0000-4000-8000-${digits}`,
  };
}

/** `{n}` is n; `{n:07d}` is n in seven digits. */
function fill(pattern: string, n: number): string {
  return pattern.replace(/\{n(?::0?(\d+)d?)?\}/g, (_text, width?: string) =>
    String(n).padStart(Number(width ?? 0), '0'),
  );
}
