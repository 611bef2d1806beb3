import type { Check } from './mail.under-test.js';

/** Gmail cuts a mail off behind this many bytes of HTML and hides the rest behind a link. */
const CLIPPED_AT = 102 * 1024;

export const size: Check = ({ mail }) => {
  const bytes = Buffer.byteLength(mail.html);
  const kilobytes = `${(bytes / 1024).toFixed(1)} KB`;
  if (bytes > CLIPPED_AT)
    return [
      {
        check: 'size',
        level: 'error',
        message: `The HTML has ${kilobytes} and Gmail cuts it off at 102 KB: show fewer items or shorten the texts.`,
      },
    ];
  return [
    { check: 'size', level: 'note', message: `The HTML has ${kilobytes} of the 102 KB that Gmail shows.` },
  ];
};
