/** Says why the work on a batch fails, once for each time that it begins to. */
export class Trouble {
  private said: string | undefined;

  /** @param why the work on it fails, as it is now. @returns what is to be said of it now, if anything is. */
  look(why: string | undefined): string | undefined {
    const isNew = why !== this.said;
    this.said = why;
    return isNew ? why : undefined;
  }

  get isThere(): boolean {
    return this.said !== undefined;
  }
}
