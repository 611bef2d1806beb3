/**
 * What Nodemailer alone can do: one process, its own pool, a mail of ours already rendered, nothing recorded.
 * `node dist/bench/ceiling.js <smtp url> <mails> <connections>` prints a {@link Ceiling} as JSON: from its first mail to its
 * last, without its start.
 */
import { createTransport } from 'nodemailer';
import { TemplateCatalogue } from '#libs/email/index.js';
import type { Ceiling } from './nodemailer.alone.js';
import { benchSite } from './site.js';

const [url = '', mails = '0', connections = '10'] = process.argv.slice(2);
const catalogue = await TemplateCatalogue.load('templates', benchSite);
const { subject, html, text } = catalogue.render('submitted', 'en', { taxYear: 2025 });
const transport = createTransport({
  url,
  pool: true,
  maxConnections: Number(connections),
  maxMessages: Infinity,
});

let next = 0;
const lane = async () => {
  while (next < Number(mails)) {
    next += 1;
    const id = `${next}`;
    await transport.sendMail({
      messageId: `<${id}@return-receipt.example.org>`,
      from: 'Tax Filing <no-reply@example.org>',
      to: `taxpayer${id}@example.com`,
      subject,
      html,
      text,
      headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': 'en' },
    });
  }
};
const since = performance.now();
const used = process.cpuUsage();
await Promise.all(Array.from({ length: Number(connections) }, lane));
const { user, system } = process.cpuUsage(used);
const seconds = (performance.now() - since) / 1000;
transport.close();
const ceiling: Ceiling = {
  rate: Number(mails) / seconds,
  processor: (user + system) / 1000 / Number(mails),
};
console.log(JSON.stringify(ceiling));
