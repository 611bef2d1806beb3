import { withoutValues } from './mail.values.js';
import type { Check } from './mail.under-test.js';
import { READING } from './reading.formulas.js';

/** A tired person understands it at once: measured on the text part, without values and addresses. */
export const reading: Check = ({ mail, context, site }) => {
  const words = mail.text.replace(/https?:\/\/\S+/g, '').replaceAll(site.name, 'Ana');
  const own = withoutValues(words, context, 'Ana');
  const formula = READING[mail.language.split('-')[0] ?? ''];
  if (!formula) {
    const message = `No reading formula is known for "${mail.language}": let somebody who speaks it read the mail.`;
    return [{ check: 'reading', level: 'note', message }];
  }
  const { label, isEasy } = formula(own);
  return [
    isEasy
      ? { check: 'reading', level: 'note', message: `Reads at ${label}.` }
      : {
          check: 'reading',
          level: 'error',
          message: `Reads at ${label}: make sentences shorter and words plainer.`,
        },
  ];
};
