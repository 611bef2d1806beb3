import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';

/** A list to take away, sent while it is read. One that broke off ends without its last byte, so that nobody takes it for whole. */
export function csvFile(name: string, parts: AsyncGenerator<string>): StreamableFile {
  const file = new StreamableFile(Readable.from(parts, { objectMode: false }), {
    type: 'text/csv; charset=utf-8',
    disposition: `attachment; filename="${name}"`,
  });
  return file.setErrorHandler((_error, response) => response.destroy?.());
}
