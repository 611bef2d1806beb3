import { finished } from 'node:stream/promises';
import type { Request } from 'express';
import { brokenOff } from '#libs/notifications/index.js';
import { mayTakeLong } from './slow.bodies.js';

/** The media type of a list that is sent as it is. */
export const LIST_TYPE = 'text/csv';

/** A list that is still coming. What nobody has asked for stays with its sender: it fills no memory. */
export class Upload implements AsyncIterable<Uint8Array> {
  readonly #request: Request;
  #reading?: AsyncGenerator<Uint8Array>;

  constructor(request: Request) {
    this.#request = request;
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    mayTakeLong(this.#request);
    this.#reading = piecesOf(this.#request);
    return this.#reading;
  }

  /** Takes what is left, and looks at none of it: many a sender hears no answer before all is sent. */
  async letGo(): Promise<void> {
    if (!this.#reading) return;
    await this.#reading.return(undefined);
    this.#request.resume();
    // Whoever hangs up needs no answer.
    await finished(this.#request).catch(() => undefined);
  }
}

/** @throws ListRefused when the sender is gone before the end. */
async function* piecesOf(request: Request): AsyncGenerator<Uint8Array> {
  try {
    // The connection is to carry the answer, whatever it is.
    for await (const bytes of request.iterator({ destroyOnReturn: false })) yield bytes as Uint8Array;
  } catch {
    throw brokenOff('upload');
  }
}
