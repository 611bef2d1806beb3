/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** A colour as #rgb, #rrggbb or rgb(); undefined for all else, also for what one can see through. */
export function colourOf(value: string): Colour | undefined {
  const text = value.trim().toLowerCase();
  const [, hex] = /^#([\da-f]{3}|[\da-f]{6})$/.exec(text) ?? [];
  if (hex) {
    const pairs = hex.length === 3 ? [...hex].map((digit) => digit + digit) : (hex.match(/../g) ?? []);
    const [red = 0, green = 0, blue = 0] = pairs.map((pair) => parseInt(pair, 16));
    return [red, green, blue];
  }
  const [, r, g, b] = /^rgb\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*\)$/.exec(text) ?? [];
  return r && g && b ? [Number(r), Number(g), Number(b)] : undefined;
}

/** WCAG 2.2's contrast ratio of two colours: 1 for the same, 21 for black on white. */
export function contrastOf(one: Colour, other: Colour): number {
  const [dark = 0, light = 0] = [one, other].map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
