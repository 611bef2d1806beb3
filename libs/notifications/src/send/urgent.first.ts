import { Injectable } from '@nestjs/common';

/** Milliseconds that what is not urgent waits at most: it is to come forward too, however much is urgent. */
const PATIENCE = 100;

/**
 * Within one process, urgent work goes first. All of its work shares one thread, so that an urgent mail, which takes that thread a dozen
 * times on its way, would wait each time for what many others do meanwhile.
 */
@Injectable()
export class UrgentFirst {
  private underWay = 0;
  private readonly waiting = new Set<() => void>();

  /** Work that somebody waits for: an entry that is recorded, a mail of the urgent lane. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.underWay += 1;
    try {
      return await work();
    } finally {
      this.underWay -= 1;
      if (this.underWay === 0) for (const goOn of this.waiting) goOn();
    }
  }

  /** Before work that nobody waits for begins: until nothing urgent is under way, or it has waited long enough. */
  async letPass(patience = PATIENCE): Promise<void> {
    if (this.underWay === 0) return;
    await new Promise<void>((resolve) => {
      const goOn = () => {
        clearTimeout(timer);
        this.waiting.delete(goOn);
        resolve();
      };
      const timer = setTimeout(goOn, patience);
      this.waiting.add(goOn);
    });
  }
}
