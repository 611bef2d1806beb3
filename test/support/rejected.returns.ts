import type { ApiProcess } from './api.process.js';
import { aReturn, type MadeReturn } from './make.js';
import type { Stack } from './stack.js';

/** A rejected return whose code counts: `n` after the n-th write, which is so many revisions later. It makes nobody a mail due. */
export interface CountedReturn extends MadeReturn {
  /** Its revision while the code was 0. */
  base: number;
}

export async function aCountedReturn(stack: Stack): Promise<CountedReturn> {
  const owner = await aReturn(stack);
  const { taxReturnId, submissionId } = owner;
  await stack.api('POST', '/v1/submission-status', { taxReturnId, submissionId, status: 'rejected' });
  await stack.api('PUT', `/v1/submissions/${submissionId}/rejection-codes`, codes(0));
  const [row] = await stack.sql<{ revision: string }>('SELECT revision FROM tax_returns WHERE id = $1', [
    taxReturnId,
  ]);
  return { ...owner, base: Number(row?.revision) };
}

/** Makes its code the n-th, by a process. Returns when it has been told that it is so. */
export async function write(api: ApiProcess, { submissionId }: CountedReturn, n: number): Promise<void> {
  const { status } = await api.call('PUT', `/v1/submissions/${submissionId}/rejection-codes`, codes(n));
  if (status >= 300) throw new Error(`a write was answered ${status}`);
}

/** Which of its codes a process answers with, by whatever way. */
export async function read(
  api: ApiProcess,
  owner: CountedReturn,
  { by = 'return', tag }: { by?: 'return' | 'submission' | 'eligibility'; tag?: string } = {},
): Promise<{ n: number; tag: string; status: number; text: string }> {
  const path = {
    return: `/v1/tax-returns/${owner.taxReturnId}/status`,
    eligibility: `/v1/tax-returns/${owner.taxReturnId}/eligibility`,
    submission: `/v1/submissions/${owner.submissionId}/status`,
  }[by];
  const response = await api.call('GET', path, undefined, tag === undefined ? {} : { 'if-none-match': tag });
  const text = await response.text();
  if (response.status !== 200 && response.status !== 304)
    throw new Error(`a read was answered ${response.status}: ${text}`);
  const given = response.headers.get('etag') ?? '';
  const n = Number(/-(\d+)"$/.exec(given)?.[1]) - owner.base;
  const said = /"MeFErrorCode":"C-(\d+)"/.exec(text)?.[1];
  if (said !== undefined && Number(said) !== n) throw new Error(`the tag ${given} does not go with ${text}`);
  return { n, tag: given, status: response.status, text };
}

const codes = (n: number) => [{ MeFErrorCode: `C-${n}`, MeFDescription: `The words of ${n}.` }];
