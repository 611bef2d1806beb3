import { createInterface } from 'node:readline';
import { surroundings } from './surroundings.js';

/** Asks whoever sits at the terminal. @returns what they said; undefined where nobody sits there, and when they leave. */
export async function answerTo(question: string): Promise<string | undefined> {
  const { stdin, stdout } = surroundings();
  if (!(stdin as Partial<typeof process.stdin>).isTTY) return undefined;
  const asking = createInterface({ input: stdin, output: stdout });
  try {
    return await new Promise((resolve) => {
      asking.once('close', () => resolve(undefined));
      asking.question(question, (answer) => resolve(answer.trim()));
    });
  } finally {
    asking.close();
  }
}
