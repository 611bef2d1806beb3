import { concerningNobody } from './concern.js';

interface Call<In, Out> {
  item: In;
  resolve: (answer: Out) => void;
  reject: (error: unknown) => void;
}

/**
 * Turns calls of one each into work for many at once: while a batch is under way further calls gather, and the next batch
 * answers them all. Alone a call does not wait; under load one round trip to the database serves many.
 */
export class Batcher<In, Out> {
  private waiting: Call<In, Out>[] = [];
  private isRunning = false;

  /**
   * @param run answers the items in their order; when it throws, all callers of the batch are told.
   * @param most items of one batch; fewer, where `weigh` says that an item counts for more than one.
   */
  constructor(
    private readonly run: (items: In[]) => Promise<Out[]>,
    private readonly most: number,
    private readonly weigh: (item: In) => number = () => 1,
  ) {}

  call(item: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (this.isRunning) return;
      this.isRunning = true;
      // Calls of the same turn of the event loop go together.
      concerningNobody(() => setImmediate(() => void this.work()));
    });
  }

  private async work(): Promise<void> {
    while (this.waiting.length > 0) {
      const calls = this.take();
      try {
        const answers = await this.run(calls.map(({ item }) => item));
        calls.forEach(({ resolve }, index) => resolve(answers[index] as Out));
      } catch (error) {
        for (const { reject } of calls) reject(error);
      }
    }
    this.isRunning = false;
  }

  private take(): Call<In, Out>[] {
    let weight = 0;
    const end = this.waiting.findIndex(({ item }, index) => {
      weight += this.weigh(item);
      return index > 0 && weight > this.most;
    });
    return this.waiting.splice(0, end < 0 ? this.waiting.length : end);
  }
}
