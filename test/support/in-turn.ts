let last: Promise<unknown> = Promise.resolve();

/**
 * Makes an application of Nest when the one before is made: a process has one logger for all of them, and one backend for
 * all queues of BullMQ, which each sets before it has made its own.
 */
export function inTurn<Result>(make: () => Promise<Result>): Promise<Result> {
  const turn = last.then(make);
  last = turn.catch(() => undefined);
  return turn;
}
