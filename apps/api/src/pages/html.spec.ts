import { expect, it } from 'vitest';
import { html } from './html.js';

it('escapes what stands in a hole, in text and in attributes', () => {
  const hostile = `"><script>alert('1')</script>&`;
  expect(html`<p title="${hostile}">${hostile}</p>`.toString()).toBe(
    '<p title="&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;">' +
      '&#34;&#62;&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#38;</p>',
  );
});

it('leaves its own pieces as they are, joins lists, and writes nothing for what is absent', () => {
  const items = ['<a>', 'b'].map((item) => html`<li>${item}</li>`);
  expect(
    html`<ul>
      ${items}
    </ul>`.toString(),
  ).toMatch(/<ul>\s*<li>&#60;a&#62;<\/li><li>b<\/li>\s*<\/ul>/);
  expect(html`<i>${undefined}${null}${false}${0}</i>`.toString()).toBe('<i>0</i>');
});

it('keeps backslashes and dollar signs', () => {
  expect(html`<i>${'$& \\n $1'}</i>`.toString()).toBe('<i>$&#38; \\n $1</i>');
});
