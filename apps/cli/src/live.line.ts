import { surroundings } from './surroundings.js';
import { note, printable } from './terminal.js';

/** Milliseconds between two lines where nobody can write over the last. */
const EVERY = 10_000;

/** A line or two that say how something goes on: written over themselves on a screen, and now and then elsewhere, beside what scripts read. */
export class LiveLine {
  private readonly out = surroundings().stdout as NodeJS.WritableStream & {
    isTTY?: boolean;
    columns?: number;
  };
  /** That stand on the screen now. */
  private lines = 0;
  private last = { about: '', at: 0 };

  /** @param about what it is about: where that changes, it is said at once. */
  show(about: string, text: string): void {
    if (this.out.isTTY) {
      const up = this.lines > 1 ? `\x1b[${this.lines - 1}A` : '';
      // One that is longer than the screen could not be written over.
      const lines = printable(text)
        .split('\n')
        .map((line) => line.slice(0, (this.out.columns ?? 80) - 1));
      this.out.write(`${up}\r\x1b[J${lines.join('\n')}`);
      this.lines = lines.length;
      return;
    }
    const now = Date.now();
    if (about === this.last.about && now - this.last.at < EVERY) return;
    this.last = { about, at: now };
    note(text.replaceAll('\n', '; '));
  }

  /** Says something besides. */
  say(sentence: string): void {
    this.end();
    note(sentence);
  }

  /** What comes next has a line of its own. */
  end(): void {
    if (this.lines > 0) this.out.write('\n');
    this.lines = 0;
  }
}
