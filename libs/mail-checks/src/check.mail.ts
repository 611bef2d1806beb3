import { load } from 'cheerio';
import { TemplateLanguage } from '#libs/email/index.js';
import type { Context, RenderedMail, TemplateCatalogue } from '#libs/email/index.js';
import { inOrder } from './check.report.js';
import type { Finding } from './finding.js';
import { formOf, visibleText, type Check, type MailUnderTest } from './mail.under-test.js';
import { accessibility } from './accessibility.check.js';
import { alt } from './alt.check.js';
import { clients } from './clients.check.js';
import { contrast } from './contrast.check.js';
import { headline } from './headline.check.js';
import { links } from './links.check.js';
import { valuesOf } from './mail.values.js';
import { parity } from './parity.check.js';
import { promises } from './promises.check.js';
import { reading } from './reading.check.js';
import { remote } from './remote.check.js';
import { size } from './size.check.js';
import { wording } from './wording.check.js';

const ALL: Check[] = [
  promises,
  headline,
  reading,
  wording,
  parity,
  links,
  remote,
  alt,
  accessibility,
  contrast,
  clients,
  size,
];

/** The mail to look at: one template in one language with one set of values. */
export interface MailInput {
  catalogue: TemplateCatalogue;
  template: string;
  language: string;
  context: Context;
  /** Hosts that a link may lead to, beside those of the site, of its help and of the addresses in the context. */
  linkHosts?: readonly string[];
}

/** What is to say about one mail, errors first. Never throws for what is wrong with the mail. Local: no network. */
export async function checkMail(input: MailInput): Promise<Finding[]> {
  let mail: RenderedMail;
  try {
    mail = input.catalogue.render(input.template, input.language, input.context);
  } catch (error) {
    return [{ check: 'rendering', level: 'error', message: `${(error as Error).message}.` }];
  }
  const tested = underTest(input, mail);
  const findings = translated(input, mail);
  for (const check of ALL) findings.push(...(await check(tested)));
  return inOrder(findings);
}

function translated({ language }: MailInput, mail: RenderedMail): Finding[] {
  if (mail.language === language.toLowerCase()) return [];
  const message = `There is no text in "${language}", so the reader gets ${mail.language}: translate it.`;
  return [{ check: 'translation', level: 'warning', message }];
}

function underTest(
  { catalogue, template, context, linkHosts = [] }: MailInput,
  mail: RenderedMail,
): MailUnderTest {
  const { site } = catalogue;
  const { frame = {}, avoid = {} } = catalogue.texts(mail.language) ?? {};
  const handlebars = new TemplateLanguage(mail.language);
  const filled = Object.entries(frame).map(([key, text]) => [
    key,
    handlebars.compile(text, 'text')({ firstName: undefined, ...context, site }),
  ]);
  const page = load(mail.html);
  const description = catalogue.describe(template);
  const addresses = Object.entries(description.schema.properties ?? {})
    .filter(([, { format }]) => format === 'uri')
    .flatMap(([name]) => valuesOf(context[name]))
    .filter((address) => URL.canParse(address));
  return {
    mail,
    context,
    site,
    description,
    frame: Object.fromEntries(filled) as Record<string, string>,
    avoid,
    linkHosts: new Set(
      [site.url, site.helpUrl, ...addresses].map((url) => new URL(url).host).concat(linkHosts),
    ),
    page,
    visible: visibleText(page),
    form: formOf(mail.html),
  };
}
