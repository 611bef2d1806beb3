/** As much as is touched of a queue of the emulator. */
interface EmulatedQueue {
  messages: unknown[];
  pollWaiters: { resolve: () => void; timer: NodeJS.Timeout }[];
  notifyWaiters(): void;
}

/** Messages that one receive takes. */
const AT_ONCE = 10;

/**
 * Lets receives that wait for a message wait on when there is none for them, as SQS does. The emulator answers all of them as soon as
 * there is one message, all but one with nothing: a worker with four receive loops would be busy with three empty answers just
 * when it has a mail to send, and that would be measured.
 */
export async function wakeOnlyWhoGetsSomething(): Promise<void> {
  const place = new URL('sqs/sqsStore.js', import.meta.resolve('fauxqs')).href;
  const { SqsQueue } = (await import(place)) as { SqsQueue: { prototype: EmulatedQueue } };
  const woken = new WeakSet<EmulatedQueue>();
  SqsQueue.prototype.notifyWaiters = function () {
    if (woken.has(this)) return;
    woken.add(this);
    // When all messages of a call are there, and before any receive looks for them again.
    queueMicrotask(() => {
      woken.delete(this);
      for (const { resolve, timer } of this.pollWaiters.splice(
        0,
        Math.ceil(this.messages.length / AT_ONCE),
      )) {
        clearTimeout(timer);
        resolve();
      }
    });
  };
}
