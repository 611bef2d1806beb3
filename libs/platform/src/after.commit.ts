import { Logger } from '@nestjs/common';
import type { Session } from './prepared.js';

/** What is to be done once a transaction is committed. */
type Telling = () => void | Promise<void>;

/** Transactions that are under way, each with what waits for its commit. */
const underWay = new WeakMap<object, Telling[]>();
const logger = new Logger('AfterCommit');

/**
 * Does something once a transaction is committed; never, when it is taken back, or the part of it in which this was asked for. A process
 * that dies in between does not do it either: whoever relies on it needs a repair of its own.
 * @param tx as `PrismaService.retrying` or `retryingPrepared` gave it.
 * @param tell is waited for. What it throws is logged: the transaction is committed all the same.
 */
export function afterCommit(tx: Session, tell: Telling): void {
  const tellings = underWay.get(tx);
  if (!tellings)
    throw new Error(
      'Nobody would hear of this commit: begin the transaction by retrying or retryingPrepared',
    );
  tellings.push(tell);
}

/** Runs a transaction once, and then what was asked for in it. */
export async function tellingAfter<Tx extends Session, T>(
  transact: (work: (tx: Tx) => Promise<T>) => Promise<T>,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const tellings: Telling[] = [];
  const done = await transact(async (tx) => {
    underWay.set(tx, tellings);
    try {
      return await work(tx);
    } finally {
      // A connection is soon another transaction's.
      underWay.delete(tx);
    }
  });
  await Promise.all(tellings.map(told));
  return done;
}

/** Runs a part of a transaction. What it asked for is forgotten when it fails, as all else of it is. */
export async function forgettingIfItFails<T>(tx: Session, part: () => Promise<T>): Promise<T> {
  const tellings = underWay.get(tx);
  const before = tellings?.length ?? 0;
  try {
    return await part();
  } catch (error) {
    tellings?.splice(before);
    throw error;
  }
}

async function told(tell: Telling): Promise<void> {
  try {
    await tell();
  } catch (error) {
    logger.error({ message: 'What follows a commit has failed', err: error });
  }
}
