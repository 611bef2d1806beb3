import { setTimeout as sleep } from 'node:timers/promises';

/** How long to wait, and for what. */
export interface EventuallyOptions {
  /** Milliseconds until it gives up. Default 300,000: how long a test takes is no promise, and machines are slow. */
  timeout?: number;
  /** Milliseconds between two looks at first. Default 25. Who has waited for long looks less often, as each look costs. */
  every?: number;
  /** What is waited for, as the end of "waited 300000 ms for …". */
  because: string;
}

/**
 * Waits until `check` returns something truthy, and returns that. A check that throws is asked again. When time is up
 * it throws what it waited for and the last answer or error.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeout = 300_000, every = 25, because }: EventuallyOptions,
): Promise<NonNullable<T>> {
  const began = Date.now();
  for (;;) {
    let last: string;
    let cause: unknown;
    try {
      const answer = await check();
      if (answer) return answer;
      last = `the last answer was ${describe(answer)}`;
    } catch (error) {
      last = `the last look failed: ${error instanceof Error ? error.message : String(error)}`;
      cause = error;
    }
    const waited = Date.now() - began;
    if (waited >= timeout) throw new Error(`waited ${timeout} ms for ${because}; ${last}`, { cause });
    await sleep(Math.min(Math.max(every, waited / 10), 500, timeout - waited));
  }
}

function describe(answer: unknown): string {
  return answer === undefined ? 'undefined' : JSON.stringify(answer);
}
