import type { Socket } from 'node:net';

/** What comes on a socket, read up to one mark after another. */
export class LineReader {
  private read = '';
  private isOver = false;
  private wake: () => void = () => undefined;

  constructor(socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      this.read += chunk;
      this.wake();
    });
    socket.once('close', () => {
      this.isOver = true;
      this.wake();
    });
  }

  /** What stands before the mark, without it; undefined when the other side is gone. */
  async until(mark: string): Promise<string | undefined> {
    for (;;) {
      const end = this.read.indexOf(mark);
      if (end >= 0) {
        const found = this.read.slice(0, end);
        this.read = this.read.slice(end + mark.length);
        return found;
      }
      if (this.isOver) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
