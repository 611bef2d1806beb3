import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';

/**
 * A list to take away, sent while it is read. Its first rows are there before anything is sent, so that one that cannot be read is
 * answered as any other call. One that broke off later ends without its last byte, so that nobody takes it for whole.
 */
export async function csvFile(name: string, parts: AsyncGenerator<string>): Promise<StreamableFile> {
  const [columns, rows] = [await parts.next(), await parts.next()];
  const file = new StreamableFile(Readable.from(whole([columns, rows], parts), { objectMode: false }), {
    type: 'text/csv; charset=utf-8',
    disposition: `attachment; filename="${name}"`,
  });
  return file.setErrorHandler((_error, response) => response.destroy?.());
}

async function* whole(begun: IteratorResult<string, void>[], parts: AsyncGenerator<string>) {
  for (const part of begun) if (!part.done) yield part.value;
  yield* parts;
}
