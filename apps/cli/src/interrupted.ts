/** Does what a person may leave by Ctrl-C without breaking it: it is told, and ends by itself. A second Ctrl-C ends the process. */
export async function untilInterrupted<Result>(work: (end: AbortSignal) => Promise<Result>): Promise<Result> {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  process.once('SIGINT', leave);
  try {
    return await work(leaving.signal);
  } finally {
    process.off('SIGINT', leave);
  }
}
