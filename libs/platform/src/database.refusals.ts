import { isFaultOfData } from './database.errors.js';

/**
 * Stores something; what the database refuses for its own fault is answered otherwise.
 * @throws whatever else goes wrong: it may pass when the same comes again.
 */
export async function unlessRefused<T>(
  store: () => Promise<T>,
  whenRefused: (error: unknown) => T | Promise<T>,
): Promise<T> {
  try {
    return await store();
  } catch (error) {
    if (!isFaultOfData(error)) throw error;
    return whenRefused(error);
  }
}

/**
 * Stores items together, in one go. Where the database refuses them, they are stored one by one, so that those at fault are
 * found and their neighbours go on.
 * @param store all of these or none; answers in their order.
 * @param whenRefused answers for an item that is refused alone.
 * @returns an answer for each, in their order.
 * @throws what is no item's fault; of those one by one, the earlier ones are stored then.
 */
export function takingApart<Item, Answer>(
  items: Item[],
  store: (items: Item[]) => Promise<Answer[]>,
  whenRefused: (item: Item, error: unknown) => Answer | Promise<Answer>,
): Promise<Answer[]> {
  return unlessRefused(
    () => store(items),
    async (refusal) => {
      if (items.length < 2) return Promise.all(items.map((item) => whenRefused(item, refusal)));
      const answers: Answer[] = [];
      for (const item of items) answers.push(...(await takingApart([item], store, whenRefused)));
      return answers;
    },
  );
}
