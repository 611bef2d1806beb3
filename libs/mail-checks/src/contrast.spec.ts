import { describe, expect, it } from 'vitest';
import { load } from 'cheerio';
import { Cascade } from './cascade.js';
import { colourOf, contrastOf } from './colour.js';

const contrast = (one: string, other: string) => contrastOf(colourOf(one)!, colourOf(other)!);

describe('the contrast of two colours', () => {
  it('is the one that WCAG defines, whichever stands in front', () => {
    expect(contrast('#000', '#ffffff')).toBe(21);
    expect(contrast('#ffffff', 'rgb(0, 0, 0)')).toBe(21);
    expect(contrast('#abc', '#aabbcc')).toBe(1);
    // The grey that WCAG's own material names as just enough on white.
    expect(contrast('#767676', '#fff')).toBeCloseTo(4.54, 2);
  });

  it('is not guessed for what is no plain colour', () => {
    for (const value of ['transparent', 'red', '#12345', 'rgba(0, 0, 0, 0.5)', 'var(--ink)'])
      expect(colourOf(value)).toBeUndefined();
  });
});

describe('the cascade of a mail', () => {
  const page = load(`<style>
      p { color: #111111 } #one { color: #222222 } .two { color: #333333 !important }
      @media (prefers-color-scheme: dark) { p { color: #eeeeee !important } }
      @media print { p { color: #444444 !important } }
      @media (max-width: 480px) { p { color: #555555 !important } }
      a:hover { color: #666666 }
    </style>
    <p id="none">a</p><p id="one">b</p><p class="two" style="color: #777777">c</p>
    <p style="color: #888888">d <a href="x">e</a></p><table><td bgcolor="#999999">f</td></table>`);
  const colour = (selector: string, scheme: 'light' | 'dark' = 'light', property = 'color') =>
    new Cascade(page, scheme).inherited(page(selector).get(0)!, property);

  it('takes the stronger selector, the element over the sheet, and what is important over all', () => {
    expect(colour('#none')).toBe('#111111');
    expect(colour('#one')).toBe('#222222');
    expect(colour('.two')).toBe('#333333');
    expect(colour('p[style]:not(.two)')).toBe('#888888');
    expect(colour('a')).toBe('#888888');
    expect(colour('td', 'light', 'background-color')).toBe('#999999');
  });

  it('heeds the colour scheme, and no printer and no narrow screen', () => {
    expect(colour('#one', 'dark')).toBe('#eeeeee');
    expect(colour('.two', 'dark')).toBe('#333333');
  });
});
