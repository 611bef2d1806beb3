import type { PrismaService } from '#libs/platform/index.js';
import type { TemplateCatalogue } from './template.catalogue.js';
import { renderMail } from './template.renderer.js';
import type { Context, Schema } from './template.schema.js';
import { compileSource, type CompiledTemplate, type TemplateSource } from './template.source.js';
import { TemplateError, type RenderedMail, type Site } from './template.types.js';

/** A version that was in use at some time. */
export interface KeptVersion {
  version: string;
  template: string;
  language: string;
  firstSeen: Date;
}

/** Compiled versions in memory: as many as somebody looks at side by side. */
const REMEMBERED = 50;

/** Every version of every template that any process ever rendered, so that a past mail can be shown as it was sent. */
export class TemplateArchive {
  readonly #compiled = new Map<string, CompiledTemplate>();

  constructor(
    private readonly prisma: PrismaService,
    private readonly catalogue: TemplateCatalogue,
  ) {}

  /**
   * Keeps what this process renders from; before it renders, so that no mail has a version that is not kept. Any number
   * of processes may do so, as often as they like.
   */
  async keep(): Promise<void> {
    const rows = this.catalogue.sources.map(({ version, source }) => ({
      version,
      template: source.template,
      language: source.language,
      source,
    }));
    await this.prisma.$executeRaw`
      INSERT INTO template_versions (version, template, language, source)
      SELECT version, template, language, source
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(version text, template text, language text, source jsonb)
      ON CONFLICT (version) DO NOTHING`;
  }

  /** The versions of a template in a language, newest first. */
  versions(template: string, language: string): Promise<KeptVersion[]> {
    return this.prisma.templateVersion.findMany({
      where: { template, language },
      select: { version: true, template: true, language: true, firstSeen: true },
      orderBy: [{ firstSeen: 'desc' }, { version: 'asc' }],
    });
  }

  /** The schema that contexts of a version were held to; undefined when nobody kept it. */
  async schema(version: string): Promise<Schema | undefined> {
    return (await this.#find(version))?.source.schema;
  }

  /**
   * The mail that a version makes of a context: for the values that were sent, the bytes that were sent.
   * @throws TemplateError when the version was never kept, or when the context does not fit it
   */
  async render(version: string, context: Context, site: Site = this.catalogue.site): Promise<RenderedMail> {
    const compiled = await this.#find(version);
    if (!compiled) throw new TemplateError(`version ${JSON.stringify(version)} of a template was never kept`);
    return renderMail(compiled, site, context);
  }

  async #find(version: string): Promise<CompiledTemplate | undefined> {
    const known = this.#compiled.get(version);
    if (known) return known;
    const row = await this.prisma.templateVersion.findUnique({ where: { version } });
    if (!row) return undefined;
    // Written by `keep`, and read back only if it is still what its hash says.
    const compiled = compileSource(row.source as unknown as TemplateSource);
    if (compiled.version !== version)
      throw new TemplateError(
        `version ${JSON.stringify(version)} of a template was changed after it was kept`,
      );
    if (this.#compiled.size >= REMEMBERED) this.#compiled.clear();
    this.#compiled.set(version, compiled);
    return compiled;
  }
}
