import { expect, test } from 'vitest';
import { Behind } from './behind.js';

/** Pieces of work that end when they are told to, and the names of those that have begun. */
function pieces() {
  const begun: string[] = [];
  const end = new Map<string, { well: () => void; badly: () => void }>();
  const piece = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve, reject) =>
      end.set(name, { well: resolve, badly: () => reject(new Error(`${name} failed`)) }),
    );
  };
  return { begun, piece, end: (name: string) => end.get(name) };
}

/** Everything that can go on without time has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('work goes on behind its caller, one piece at a time', async () => {
  const { begun, piece, end } = pieces();
  const behind = new Behind();
  await behind.begin(piece('first'));
  const second = behind.begin(piece('second'));
  await settled();
  expect(begun).toEqual(['first']);
  end('first')?.well();
  await second;
  expect(begun).toEqual(['first', 'second']);
});

test('it is done when the last piece is', async () => {
  const { piece, end } = pieces();
  const behind = new Behind();
  await behind.begin(piece('only'));
  let isDone = false;
  const done = behind.done().then(() => (isDone = true));
  await settled();
  expect(isDone).toBe(false);
  end('only')?.well();
  await done;
  expect(isDone).toBe(true);
});

test('what fails is told to whoever comes next, whose piece does not begin', async () => {
  const { begun, piece, end } = pieces();
  const behind = new Behind();
  await behind.begin(piece('first'));
  end('first')?.badly();
  await settled();
  await expect(behind.begin(piece('second'))).rejects.toThrow('first failed');
  expect(begun).toEqual(['first']);
  // Once: whoever comes after that begins anew.
  await behind.begin(piece('third'));
  expect(begun).toEqual(['first', 'third']);
});
