import { Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata } from '@nestjs/common';
import type { z } from 'zod';
import { storable, unstorableIn } from '#libs/platform/index.js';
import { Problem } from '../problems/problem.js';
import type { ProblemMember } from '../problems/problem.js';
import { entriesFrame } from './request.terms.js';

type Issues = readonly { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] }[];

/** What a schema found wrong, before it is known where in the request that stood. */
class Misfit extends Error {
  constructor(readonly issues: Issues) {
    super('The request does not fit.');
  }
}

/**
 * Names every member at fault in one answer, and where it stands: in the body, the query or the path. Whatever a schema is for
 * is looked through for texts that nothing of ours could keep, whether the schema would mind them or not.
 */
@Injectable()
export class RequestValidation extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new Misfit(issues) });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const unstorable = isReadHere(metadata) ? membersOf(unstorableIn(value)) : [];
    const read = await this.read(value, metadata);
    const wrong = 'issues' in read ? membersOf(read.issues) : [];
    const named = new Set(unstorable.map(({ pointer }) => pointer));
    const members = [...unstorable, ...wrong.filter(({ pointer }) => !named.has(pointer))];
    if (members.length === 0 && 'value' in read) return read.value;
    throw Problem.invalid(members.map((member) => placed(member, metadata)));
  }

  private async read<T>(value: T, metadata: ArgumentMetadata): Promise<{ value: T } | { issues: Issues }> {
    try {
      return { value: await super.transform(value, metadata) };
    } catch (error) {
      if (error instanceof Misfit) return { issues: error.issues };
      throw error;
    }
  }
}

/** Entries are judged one by one behind their frame, and what has no schema is a document of others, kept as it came. */
function isReadHere({ schema }: ArgumentMetadata): boolean {
  return schema !== undefined && schema !== entriesFrame;
}

/** The members that a schema found at fault, in sentences without values. */
export function membersOf(issues: Issues): { pointer: string; detail: string }[] {
  return issues.flatMap((issue) => {
    const { code, keys = [] } = issue as Partial<z.core.$ZodIssueUnrecognizedKeys>;
    const at = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
    if (code === 'unrecognized_keys')
      return keys.map((key) => ({
        pointer: pointerOf([...at, key]),
        detail: 'is not a member that is known',
      }));
    return [{ pointer: pointerOf(at), detail: sentenceOf(issue.message) }];
  });
}

function placed(
  { pointer, detail }: { pointer: string; detail: string },
  metadata: ArgumentMetadata,
): ProblemMember {
  if (metadata.type === 'body') return { pointer, detail };
  const parameter = metadata.data ?? pointer.slice(1);
  return { parameter, in: metadata.type === 'query' ? 'query' : 'path', detail };
}

/** Characters of a name that are given back: it is the caller's, and may be as long as a body. */
const LONGEST_NAME = 100;

/** A JSON Pointer (RFC 6901). */
function pointerOf(path: PropertyKey[]): string {
  return path
    .map((part) => storable(String(part), LONGEST_NAME))
    .map((part) => `/${part.replace(/~/g, '~0').replace(/\//g, '~1')}`)
    .join('');
}

/** Zod's own words, for people who have never heard of it. */
function sentenceOf(message: string): string {
  if (message.endsWith('received undefined')) return 'is missing';
  const [, expected] = /^Invalid input: expected (\w+)/.exec(message) ?? [];
  return expected ? `must be ${/^[aeio]/.test(expected) ? 'an' : 'a'} ${expected}` : message;
}
