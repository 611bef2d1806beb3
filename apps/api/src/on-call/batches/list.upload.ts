import type { Readable } from 'node:stream';
import { batchAsk, BatchService, brokenOff, csvRows, subjectOf, textOf } from '#libs/notifications/index.js';
import type { BatchAction, ListRow } from '#libs/notifications/index.js';
import { readable } from '#libs/platform/index.js';
import { actorIn } from '../../access/acting.js';
import type { CalledRequest } from '../../access/key.guard.js';
import { mayTakeLong } from '../../contract/slow.bodies.js';
import { checkFields } from '../../pages/form.js';
import { Problem } from '../../problems/problem.js';
import { readAs } from '../form.fields.js';
import { givenOf, uploadForm } from './batch.query.js';

/** A file of a form, while it comes. */
interface ComingFile {
  originalname: string;
  stream: Readable;
}

/** What became of it. */
export interface TakenList {
  batch: string;
}

/** Characters of a file's name that are kept. */
const NAME = 200;

/**
 * Takes a list out of a form as it comes, row by row: where others keep files, this makes a batch (an engine of `multer`). The
 * fields stand before the file, so that nothing is written for a form that is not ours or that misses something.
 */
export class ListUpload {
  constructor(private readonly batches: BatchService) {}

  _handleFile(
    request: CalledRequest,
    file: ComingFile,
    done: (error: unknown, taken?: TakenList) => void,
  ): void {
    this.take(request, file).then((batch) => done(null, { batch }), done);
  }

  /** What was written down is a batch, with its trail: nothing is taken back. */
  _removeFile(_request: CalledRequest, _file: ComingFile, done: (error: null) => void): void {
    done(null);
  }

  /** @throws Problem when the fields are not those of a list; whatever the connection or the database throws. */
  private async take(request: CalledRequest, { originalname, stream }: ComingFile): Promise<string> {
    const { reason, column, state, ...ask } = askedIn(request);
    // From here on it may go on for as long as something comes.
    mayTakeLong(request);
    const bytes = piecesOf(stream);
    try {
      return await this.batches.take(
        { ...ask, topic: state, name: readable(originalname, NAME) },
        'upload',
        rowsOf(bytes, ask.action, column),
        { actor: actorIn(request), reason },
      );
    } finally {
      // What nobody reads of a list that is refused: the browser hears nothing before it has sent everything.
      await bytes.return();
      stream.resume();
    }
  }
}

function askedIn(request: CalledRequest) {
  const texts = Object.entries((request.body ?? {}) as Record<string, unknown>).filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  );
  if (texts.length === 0)
    throw Problem.invalid([{ pointer: '/list', detail: 'comes after the fields of its form' }]);
  const fields = givenOf(Object.fromEntries(checkFields(request, new URLSearchParams(texts))));
  return { ...readAs(batchAsk, fields), ...readAs(uploadForm, fields) };
}

/** Read as the first rows are asked for, so that what is no text at all is refused like any other list. */
async function* rowsOf(
  bytes: AsyncIterable<Uint8Array>,
  action: BatchAction,
  column: string | undefined,
): AsyncGenerator<ListRow> {
  yield* csvRows(await textOf(bytes), { kind: subjectOf(action), column });
}

/** @throws ListRefused when the browser is gone before the end. */
async function* piecesOf(stream: Readable): AsyncGenerator<Uint8Array, void> {
  try {
    yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } catch {
    throw brokenOff('upload');
  }
}
