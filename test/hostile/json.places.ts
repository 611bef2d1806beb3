/** As much of JSON Schema as the OpenAPI document uses. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  examples?: unknown[];
  default?: unknown;
}

/** A place in a body, and a body in which all else fits as well as the schema tells. */
export interface Place {
  path: (string | number)[];
  body: unknown;
}

/** Each member that a schema describes, down to the leaves; of several forms each. */
export function placesOf(schema: Schema, find: (ref: string) => Schema, example?: unknown): Place[] {
  const forms = formsOf(schema, find);
  return forms.flatMap((form, at) => {
    const whole = at === 0 && example !== undefined ? example : fitting(form, find);
    const base = isObject(whole) ? { ...(fitting(form, find) as object), ...whole } : whole;
    return pathsOf(form, find).map((path) => ({ path, body: base }));
  });
}

/** The same body with another value at a place. */
export function withAt(body: unknown, [head, ...rest]: (string | number)[], value: unknown): unknown {
  if (head === undefined) return value;
  if (typeof head === 'number') return [withAt((body as unknown[] | undefined)?.[head], rest, value)];
  const own = isObject(body) ? body : {};
  return { ...own, [head]: withAt(own[head], rest, value) };
}

function formsOf(schema: Schema, find: (ref: string) => Schema): Schema[] {
  if (schema.$ref !== undefined) return formsOf(find(schema.$ref), find);
  return (schema.anyOf ?? schema.oneOf)?.flatMap((form) => formsOf(form, find)) ?? [schema];
}

/** Beyond this a schema only says the same again. */
const DEEPEST = 5;

function pathsOf(schema: Schema, find: (ref: string) => Schema, depth = 0): Place['path'][] {
  if (depth > DEEPEST) return [];
  const under = (child: Schema, step: string | number) =>
    formsOf(child, find).flatMap((form) =>
      pathsOf(form, find, depth + 1).map((path): Place['path'] => [step, ...path]),
    );
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => under(child, name));
  const items = schema.items ? under(schema.items, 0) : [];
  const anything = schema.additionalProperties;
  const extra = anything ? under(anything === true ? {} : anything, 'anything') : [];
  const paths = [
    ...members,
    ...items,
    ...extra,
    ...(schema.allOf ?? []).flatMap((one) => pathsOf(one, find, depth)),
  ];
  return paths.length > 0 ? distinct(paths) : [[]];
}

/** Something that the schema takes, as well as can be told without solving it. */
function fitting(schema: Schema, find: (ref: string) => Schema, depth = 0): unknown {
  const [form = {}] = formsOf(schema, find);
  if (form.const !== undefined) return form.const;
  if (form.enum) return form.enum[0];
  if (form.examples?.[0] !== undefined) return form.examples[0];
  switch ([form.type].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(form.properties ?? {})
          .filter(([name]) => form.required?.includes(name))
          .map(([name, child]) => [name, depth > DEEPEST ? null : fitting(child, find, depth + 1)]),
      );
    case 'array':
      return form.items ? [fitting(form.items, find, depth + 1)] : [];
    case 'integer':
    case 'number':
      return form.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return fittingText(form);
  }
}

function fittingText({ format, pattern }: Schema): string {
  if (format === 'date-time') return '2026-02-01T00:00:00Z';
  return format === 'uuid' || pattern?.includes('{8}') ? '0b6fc3a5-3d7e-4a1c-9d6e-6d0f5f3f1a11' : 'said';
}

function distinct(paths: Place['path'][]): Place['path'][] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
