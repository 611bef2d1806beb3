/**
 * Does work behind its caller, one piece after another: the caller goes on with the next while the last is under way, and never gets
 * further ahead than that. What fails is told to whoever comes next.
 */
export class Behind {
  private last: Promise<unknown> = Promise.resolve();

  /**
   * Waits for the last piece, and begins this one.
   * @throws what the last one threw; this one is not begun then.
   */
  async begin(work: () => Promise<unknown>): Promise<void> {
    await this.done();
    this.last = work();
    // Told by the next call.
    this.last.catch(() => undefined);
  }

  /** @throws what the last piece threw, once. */
  async done(): Promise<void> {
    const told = this.last;
    try {
      await told;
    } finally {
      if (this.last === told) this.last = Promise.resolve();
    }
  }

  /** Waits for the last piece, however it ends: for whoever has failed for another reason. */
  async settled(): Promise<void> {
    await this.last.catch(() => undefined);
  }
}
