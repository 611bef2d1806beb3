import type { Finding } from './finding.js';
import type { Check } from './mail.under-test.js';

const FILE_NAME = /\.(png|jpe?g|gif|svg|webp)$/i;

/** Pictures are off in many clients, and for some readers there are none: each says what it shows, or that it decorates. */
export const alt: Check = ({ page }) =>
  page('img, area')
    .toArray()
    .flatMap((element): Finding[] => {
      const words = page(element).attr('alt');
      const where = page.html(element);
      if (words === undefined)
        return [
          {
            check: 'alt',
            level: 'error',
            message:
              'A picture has no alternative text: say in alt what it shows, or write alt="" if it only decorates.',
            where,
          },
        ];
      if (!FILE_NAME.test(words.trim())) return [];
      const message = 'An alternative text is the name of a file: say what the picture shows.';
      return [{ check: 'alt', level: 'warning', message, where }];
    });
