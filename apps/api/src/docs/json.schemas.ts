import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/** Zod's pattern of an instant, a day or a UUID takes half a page; the format says the same. */
const spelledOut = ['date-time', 'date', 'uuid'];

/** @param io what is sent to us, or what we answer: the two differ where a schema transforms. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const converted = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (spelledOut.includes(jsonSchema.format ?? '')) delete jsonSchema.pattern;
      // A caller's own member is refused when it is unknown; our answers may have more of them one day.
      if (io === 'output' && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  });
  delete converted.$schema;
  return converted;
}

/** A reference to a schema that has an id, as one of the components of the document. */
export function refTo(schema: z.ZodType): JsonSchema {
  return { $ref: `#/components/schemas/${idOf(schema)}` };
}

export function exampleOf(schema: z.ZodType): unknown {
  return schema.meta()?.examples instanceof Array ? (schema.meta()?.examples as unknown[])[0] : undefined;
}

/** All schemas that have an id, also those within others, by id. */
export function componentsOf(schemas: object, io: 'input' | 'output'): Record<string, JsonSchema> {
  const named = Object.values(schemas).filter(
    (schema): schema is z.ZodType => schema instanceof z.ZodType && schema.meta()?.id !== undefined,
  );
  const found = named.map((schema) => {
    const { $defs = {}, ...own } = jsonSchemaOf(schema, io);
    const inner = $defs as Record<string, JsonSchema>;
    return { ...inner, [idOf(schema)]: inner[idOf(schema)] ?? own };
  });
  return pointedAtComponents(Object.assign({}, ...found) as Record<string, JsonSchema>);
}

function idOf(schema: z.ZodType): string {
  const id = schema.meta()?.id;
  if (!id) throw new Error('a schema of the HTTP interface needs an id: .meta({ id })');
  return id;
}

/** References within one schema become references within the document; ids are the names there. */
function pointedAtComponents<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (name, member: unknown) =>
      name === 'id' && typeof member === 'string' ? undefined : member,
    ).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as T;
}
