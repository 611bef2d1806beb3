/** A process cannot start, for a reason that whoever started it can mend. Its message is for them: no values, no stack. */
export class StartError extends Error {
  override readonly name: string = 'StartError';

  /** @param problems each a sentence: which setting, what is wrong, what to do */
  constructor(
    readonly problems: string[],
    options?: ErrorOptions,
  ) {
    super(
      problems.length === 1
        ? `Return Receipt cannot start. ${problems[0]}`
        : `Return Receipt cannot start:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
      options,
    );
  }
}

/** Why nothing could be reached, in words; undefined where the network is not at fault. */
export function networkReason(error: unknown): string | undefined {
  const { code, message = '' } = error as { code?: string; message?: string };
  return REASONS[code ?? ''] ?? (/time(d? ?out)/i.test(message) ? REASONS.ETIMEDOUT : undefined);
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it hung up',
  EAI_AGAIN: 'its name cannot be looked up',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ENOTFOUND: 'there is no such host',
  ETIMEDOUT: 'no answer in time',
};

/** A port that cannot be listened on; undefined for any other error. */
export function listenProblem(error: unknown, setting = 'PORT'): string | undefined {
  const { syscall, code, address, port } = error as Record<string, string | number | undefined>;
  if (code === 'EADDRINUSE')
    return `${setting}: ${port} is taken by another process: end that one, or set another port.`;
  if (code === 'EACCES' && syscall === 'listen')
    return `${setting}: ${port} needs rights that this process has not: set one above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `HOST: ${address} is no address of this machine: set one that is.`;
  return undefined;
}
