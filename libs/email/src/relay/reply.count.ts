import type { Socket } from 'node:net';

/**
 * Counts the answers on a connection. Nodemailer gives each answer to the oldest command that waits for one, and takes one that
 * nobody waits for as that to the next command: only who counts sees one too many.
 */
export class ReplyCount {
  private answers = 0;
  private line = '';

  /** Of a socket from now on. */
  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.hear(chunk.toString('latin1')));
  }

  /** Answers since the count began. */
  get count(): number {
    return this.answers;
  }

  /** Whether no answer stands half read. */
  get isWhole(): boolean {
    return this.line === '';
  }

  begin(): void {
    this.answers = 0;
  }

  private hear(text: string): void {
    const lines = (this.line + text).split('\n');
    this.line = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '' && !/^\d+-/.test(line)) this.answers += 1;
  }
}
