import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { onOneLine } from '#libs/platform/index.js';

/** As much of JSON Schema as the catalogue uses. */
export interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean;
  items?: Schema;
  enum?: unknown[];
  format?: string;
}

export type Context = Record<string, unknown>;

/** Made when the first schema is: it costs more than all of them. */
let ajv: Ajv2020 | undefined;

/** The contract between a template and whoever sends it. */
export class ContextSchema {
  readonly #validate: ValidateFunction;

  /** @throws Error when `schema` is not a valid JSON Schema */
  constructor(readonly schema: Schema) {
    ajv ??= newAjv();
    this.#validate = ajv.compile(schema);
    // Whoever holds the function needs no more, and schemas come and go with the versions of templates.
    ajv.removeSchema(schema);
  }

  /** What is wrong with `context`, in sentences without values; also members nobody declared. */
  problems(context: Context): string[] {
    return this.#validate(clean(this.schema, context, 'all')) ? [] : sentences(this.#validate.errors);
  }

  /** The declared members of `context`, each string on one line; `null` counts as absent. */
  fit(context: Context): { context: Context; problems: string[] } {
    const fitted = clean(this.schema, context, 'declared') as Context;
    return { context: fitted, problems: this.#validate(fitted) ? [] : sentences(this.#validate.errors) };
  }
}

export function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  formats.default(ajv);
  return ajv;
}

/** Ajv's errors as sentences. They are built from the schema and from names, so no value can slip in. */
export function sentences(errors: ErrorObject[] | null | undefined): string[] {
  const found = (errors ?? []).map(({ instancePath, keyword, message, params }) => {
    const member = (name?: string) =>
      [...instancePath.split('/').slice(1), ...(name === undefined ? [] : [name])].join('.') || 'the context';
    if (keyword === 'required') return `"${member(params['missingProperty'] as string)}" is missing`;
    if (keyword === 'additionalProperties')
      return `"${member(params['additionalProperty'] as string)}" is not declared`;
    if (keyword === 'enum') return `"${member()}" must be one of ${JSON.stringify(params['allowedValues'])}`;
    return `"${member()}" ${message ?? 'is wrong'}`;
  });
  return [...new Set(found)];
}

function clean(schema: Schema | undefined, value: unknown, keep: 'all' | 'declared'): unknown {
  if (typeof value === 'string') return onOneLine(value);
  if (Array.isArray(value)) return value.map((item) => clean(schema?.items, item, keep));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(
    ([name, member]) => member != null && (keep === 'all' || Object.hasOwn(schema?.properties ?? {}, name)),
  );
  return Object.fromEntries(
    members.map(([name, member]) => [name, clean(schema?.properties?.[name], member, keep)]),
  );
}
