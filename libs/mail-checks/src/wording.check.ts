import type { Finding } from './finding.js';
import { withoutValues } from './mail.values.js';
import type { Check } from './mail.under-test.js';

const WHY: Record<string, string> = {
  phishing: 'is what people are warned of in fraudulent mails',
  blame: 'puts the blame on the reader',
};

/** A mail that sounds like fraud is not read, and one that blames is not acted on. The words stand in `avoid.json`. */
export const wording: Check = ({ mail, context, avoid }) => {
  const words = withoutValues(`${mail.subject}\n${mail.preheader}\n${mail.text}`, context);
  return Object.entries(avoid).flatMap(([reason, wordings]) =>
    wordings
      .filter((wording) => contains(words, wording))
      .map((wording): Finding => {
        const why = WHY[reason] ?? `is on the list "${reason}" of what to avoid`;
        return { check: 'wording', level: 'error', message: `“${wording}” ${why}: say it in another way.` };
      }),
  );
};

/** As whole words, whatever the case. */
function contains(text: string, wording: string): boolean {
  const escaped = wording.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/\s+/g, '\\s+');
  return new RegExp(`(?<!\\p{L})${escaped}(?!\\p{L})`, 'iu').test(text);
}
