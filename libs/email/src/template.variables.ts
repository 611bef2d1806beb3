import Handlebars from 'handlebars';
import { HELPERS } from './template.language.js';
import type { Schema } from './template.schema.js';

const LOOP_DATA = ['index', 'first', 'last'];

/**
 * Compares the variables of a parsed template with the schema of its context. Rendering samples alone would miss a
 * variable in a branch that no sample takes.
 */
export class VariableCheck extends Handlebars.Visitor {
  readonly problems = new Set<string>();
  /** The parts of the schema that were used. */
  readonly used = new Set<Schema>();
  readonly #scopes: Schema[];
  readonly #looked = new Set<string>();

  /** `lists` are the word lists that may be looked into. */
  constructor(
    root: Schema,
    private readonly lists: readonly string[] = [],
  ) {
    super();
    this.#scopes = [root];
  }

  /** Members of the schema and word lists that nothing seen so far has used, in sentences. */
  unused(schema: Schema): string[] {
    const lists = this.lists.filter((list) => !this.#looked.has(list));
    return [
      ...unusedMembers(schema, this.used).map((name) => `"${name}" is declared but never used`),
      ...lists.map((list) => `the word list "${list}" is named but never used`),
    ];
  }

  override MustacheStatement(statement: hbs.AST.MustacheStatement): void {
    if (!statement.escaped)
      this.#say(statement, 'is written with three braces or &, which would not escape it; use two');
    if (statement.params.length > 0) return void this.#call(statement);
    const found = this.#resolve(statement.path);
    if (found?.type === 'object' || found?.type === 'array')
      this.#say(statement, `is ${found.type === 'array' ? 'a list' : 'an object'}; use #each or #with`);
  }

  override SubExpression(expression: hbs.AST.SubExpression): void {
    this.#call(expression);
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    const opened = this.#call(block);
    const scope = block.path.original === 'each' ? opened?.items : opened;
    const enters = block.path.original === 'each' || block.path.original === 'with';
    if (enters) this.#scopes.push(scope ?? {});
    this.accept(block.program);
    if (enters) this.#scopes.pop();
    // Handlebars leaves it out when there is no {{else}}; its types do not say so.
    if (block.inverse as hbs.AST.Program | undefined) this.accept(block.inverse);
  }

  override PathExpression(path: hbs.AST.PathExpression): void {
    this.#resolve(path);
  }

  override PartialStatement(statement: hbs.AST.PartialStatement): void {
    this.#say(statement, 'is a partial; the frame is the only shared part');
  }

  /** A helper's arguments; returns what the first one is. */
  #call(
    call: hbs.AST.SubExpression | hbs.AST.MustacheStatement | hbs.AST.BlockStatement,
  ): Schema | undefined {
    const helper = (call.path as hbs.AST.PathExpression).original;
    if (!HELPERS.includes(helper)) {
      this.#say(call, `calls "${helper}"; the helpers are ${HELPERS.join(', ')}`);
      return undefined;
    }
    const [first, second] = call.params;
    const target = first && first.type === 'PathExpression' ? this.#resolve(first) : undefined;
    if (first && first.type !== 'PathExpression') this.accept(first);
    for (const other of call.params.slice(1)) this.accept(other);
    if (helper === 'date' && target && target.format !== 'date')
      this.#say(call, 'is not a day: give it "format": "date" in the schema');
    if (
      helper === 'is' &&
      target?.enum &&
      second &&
      !target.enum.includes((second as hbs.AST.StringLiteral).value)
    )
      this.#say(call, 'compares with a word that the schema does not allow');
    if (helper === 'words') {
      const list = (first as Partial<hbs.AST.StringLiteral> | undefined)?.value ?? '';
      this.#looked.add(list);
      if (!this.lists.includes(list))
        this.#say(call, `looks into the word list "${list}", which the catalogue entry does not name`);
    }
    return target;
  }

  #resolve(node: hbs.AST.Node): Schema | undefined {
    if (node.type !== 'PathExpression') return undefined;
    const path = node as hbs.AST.PathExpression;
    if (path.data && LOOP_DATA.includes(path.parts[0] ?? '')) return {};
    const [start, parts] = path.data
      ? [path.parts[0] === 'root' ? this.#scopes[0] : undefined, path.parts.slice(1)]
      : [this.#scopes.at(-1 - path.depth), path.parts];
    const found = parts.reduce<Schema | undefined>(
      (schema, part) =>
        Object.hasOwn(schema?.properties ?? {}, part) ? schema?.properties?.[part] : undefined,
      start,
    );
    if (!found) this.#say(path, 'is not declared in the schema; declare it or remove it');
    else this.used.add(found);
    return found;
  }

  #say(node: hbs.AST.Node, what: string): void {
    const path = node.type === 'PathExpression' ? node : (node as hbs.AST.MustacheStatement).path;
    const params = (node as Partial<hbs.AST.MustacheStatement>).params ?? [];
    const name = (params.find((param) => param.type === 'PathExpression') ?? path) as hbs.AST.PathExpression;
    this.problems.add(`"${name?.original ?? 'something'}" ${what}`);
  }
}

function unusedMembers(schema: Schema, used: ReadonlySet<Schema>): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => [
    ...(used.has(member) ? [] : [name]),
    ...unusedMembers(member.items ?? {}, used).map((inner) => `${name}.${inner}`),
  ]);
}
