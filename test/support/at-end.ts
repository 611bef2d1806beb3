type End = () => Promise<void>;

const ends: End[] = [];

/**
 * Has this done when the file of tests has ended, well or badly: what was started last ends first. So no file has to end
 * what it may not even have started, and nothing lives on in the process, which the next file shares.
 * @param end may find that it was done already.
 */
export function atEnd(end: End): void {
  ends.push(end);
}

/** Does all of it, whatever goes wrong with one. Throws what went wrong. */
export async function endAll(): Promise<void> {
  const errors: unknown[] = [];
  for (let end = ends.pop(); end; end = ends.pop()) {
    await end().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('\n'));
  if (errors.length === 1) throw errors[0];
}
