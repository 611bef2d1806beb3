import { surroundings } from './surroundings.js';
import { note, printable } from './terminal.js';

/** Milliseconds between two lines where nobody can write over the last. */
const EVERY = 10_000;

/** A line that says how something goes on: written over itself on a screen, and now and then elsewhere, beside what scripts read. */
export class LiveLine {
  private readonly out = surroundings().stdout as NodeJS.WritableStream & {
    isTTY?: boolean;
    columns?: number;
  };
  private isOpen = false;
  private last = { about: '', at: 0 };

  /** @param about what it is about: where that changes, it is said at once. */
  show(about: string, text: string): void {
    if (this.out.isTTY) {
      // One that is longer than the screen could not be written over.
      this.out.write(`\r\x1b[K${printable(text).slice(0, (this.out.columns ?? 80) - 1)}`);
      this.isOpen = true;
      return;
    }
    const now = Date.now();
    if (about === this.last.about && now - this.last.at < EVERY) return;
    this.last = { about, at: now };
    note(text);
  }

  /** Says something besides. */
  say(sentence: string): void {
    this.end();
    note(sentence);
  }

  /** What comes next has a line of its own. */
  end(): void {
    if (this.isOpen) this.out.write('\n');
    this.isOpen = false;
  }
}
