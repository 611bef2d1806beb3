import { ContextSchema, newAjv, sentences, type Context, type Schema } from './template.schema.js';
import { SECTIONS, type Promises } from './template.types.js';

/** A kind of mail: when it is sent, what it needs, what it promises, what it looks like. Plain data. */
export interface CatalogueEntry {
  name: string;
  about: string;
  /** JSON Schema of the context. */
  schema: Schema;
  promises: Promises;
  /** The word lists of a language that its texts look into. */
  words: string[];
  samples: Record<string, Context>;
}

/** Names that a template gets from us and a schema may therefore not declare. */
const RESERVED = ['site', 'language', 'subject', 'preheader', 'frame', 'content'];

const SENTENCE = { type: 'string', minLength: 1 };
const NAMES = { type: 'array', items: { type: 'string', pattern: '^[A-Za-z][\\w-]*$' } };
const PROPERTIES = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    required: ['description'],
    properties: { description: SENTENCE },
  },
  propertyNames: { not: { enum: RESERVED } },
};
const PROMISE = {
  type: 'object',
  required: ['says'],
  additionalProperties: false,
  properties: { says: SENTENCE, shows: NAMES },
};
const ENTRY = {
  type: 'object',
  required: ['about', 'context', 'promises', 'samples'],
  additionalProperties: false,
  properties: {
    about: SENTENCE,
    context: {
      type: 'object',
      required: ['type', 'properties', 'additionalProperties'],
      properties: {
        type: { const: 'object' },
        additionalProperties: { const: false },
        properties: PROPERTIES,
      },
    },
    promises: {
      type: 'object',
      required: [...SECTIONS],
      additionalProperties: false,
      properties: Object.fromEntries(SECTIONS.map((section) => [section, PROMISE])),
    },
    words: NAMES,
    samples: { type: 'object', minProperties: 1, additionalProperties: { type: 'object' } },
  },
};

interface EntryFile {
  about: string;
  context: Schema;
  promises: Promises;
  words?: string[];
  samples: Record<string, Context>;
}

const isEntry = newAjv().compile<EntryFile>(ENTRY);

/** A catalogue entry from its JSON, or what is wrong with it, in sentences. */
export function readEntry(name: string, json: unknown): CatalogueEntry | string[] {
  if (!isEntry(json)) return sentences(isEntry.errors);
  const { about, promises, words = [], samples } = json;
  const shown = SECTIONS.flatMap((section) => promises[section].shows ?? []);
  const undeclared = shown.filter((member) => !Object.hasOwn(json.context.properties ?? {}, member));
  if (undeclared.length > 0)
    return undeclared.map((member) => `promises to show "${member}", which the context does not declare`);
  try {
    new ContextSchema(json.context);
    return { name, about, schema: json.context, promises, words, samples };
  } catch (error) {
    return [`"context" is not a JSON Schema: ${(error as Error).message}`];
  }
}
