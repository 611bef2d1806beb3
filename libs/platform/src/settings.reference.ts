import { z } from 'zod';
import { declaration } from './settings.js';

interface Declared {
  name: string;
  sentence: string;
  /** In words. */
  kind: string;
  /** As it would be written; undefined when there is none. */
  fallback: string | undefined;
  isRequired: boolean;
}

/** The page that lists every setting, from the declaration. */
export function settingsPage(): string {
  const rows = declared().map(
    ({ name, kind, fallback, isRequired, sentence }) =>
      `| \`${name}\` | ${kind} | ${isRequired ? '**needed**' : fallback === undefined ? '–' : `\`${fallback}\``} | ${sentence} |`,
  );
  return [
    '# Settings',
    '',
    'All settings come from the environment. Made from the declaration by `npm run settings`; do not edit.',
    '`npm start` and `npm run demo` need none: whatever is absent they start themselves.',
    '',
    '| name | type | default | what it does |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** A file to copy to `.env` and fill in, from the declaration. */
export function environmentExample(): string {
  const blocks = declared().map(
    ({ name, fallback, isRequired, sentence }) =>
      `# ${sentence}\n${isRequired ? '' : '#'}${name}=${fallback ?? ''}\n`,
  );
  return `# Made from the declaration by \`npm run settings\`; do not edit. Copy it to .env.\n\n${blocks.join('\n')}`;
}

function declared(): Declared[] {
  const { properties = {}, required = [] } = z.toJSONSchema(declaration, {
    io: 'input',
    unrepresentable: 'any',
  });
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, property]) => {
    const { description = '', default: fallback } = property;
    return {
      name,
      sentence: description,
      kind: kindOf(property),
      fallback: fallback === undefined ? undefined : typeof fallback === 'object' ? '' : String(fallback),
      isRequired: required.includes(name) && fallback === undefined,
    };
  });
}

interface JsonSchema {
  description?: string;
  type?: string;
  format?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: string | number | object;
}

function kindOf(property: JsonSchema): string {
  if (property.enum) return property.enum.map((word) => `\`${word}\``).join(', ');
  if (property.format === 'uri') return 'URL';
  if (property.format === 'date' || property.format === 'duration') return property.format;
  if (property.type === 'integer' || property.type === 'number') return 'number';
  return typeof property.default === 'string' && /^\d+(ms|s|m|h|d)$/.test(property.default)
    ? 'duration'
    : 'text';
}
