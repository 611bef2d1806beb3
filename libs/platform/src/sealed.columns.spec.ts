import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SEALED_COLUMNS } from './sealed.columns.js';

it('the list of sealed columns is what the comments of schema.prisma call sealed', () => {
  const listed = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`);
  expect(listed.sort()).toEqual(calledSealed(readFileSync('prisma/schema.prisma', 'utf8')).sort());
});

/** `table.column` of each field whose comment begins with "Sealed". */
function calledSealed(schema: string): string[] {
  return [...schema.matchAll(/^model \w+ \{\n(.*?)^\}/gms)].flatMap(([, body = '']) => {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? '';
    const fields = body.matchAll(/^ *\/\/\/ Sealed.*\n(?: *\/\/\/.*\n)* *(\w+) (.*)$/gm);
    return [...fields].map(([, name = '', rest = '']) => {
      const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? name;
      return `${table}.${column}`;
    });
  });
}
