import { z } from 'zod';

/** Widths of a mail's window in CSS pixels. */
export const DEVICES = { phone: 375, tablet: 768, desktop: 1024 } as const;
export const SCHEMES = ['light', 'dark', 'inverted'] as const;
export const SHOWS = ['both', 'html', 'text', 'source', 'headers'] as const;
/** What can be had as bytes. `frame` is the HTML with its colour scheme settled, for the page's own frame. */
export const PARTS = ['html', 'text', 'source', 'headers', 'eml', 'frame'] as const;

export type Scheme = (typeof SCHEMES)[number];
export type Width = keyof typeof DEVICES | 'fit' | number;

const DEFAULTS = { lang: 'en', width: 'fit', scheme: 'light', show: 'both' } as const;
const LONGEST_VALUES = 6000;

const version = () =>
  z
    .string()
    .regex(/^[0-9a-f]{8,64}$/)
    .optional()
    .catch(undefined);

/** All state of a page lies in its address, so that a link shows a colleague the same. What makes no sense is the default. */
export const viewQuery = z.object({
  lang: z
    .string()
    .regex(/^[a-z]{2,3}([-_][a-z0-9]{2,8})*$/i)
    .catch(DEFAULTS.lang),
  width: z
    .union([z.enum(['fit', 'phone', 'tablet', 'desktop']), z.coerce.number().int().min(220).max(2400)])
    .catch(DEFAULTS.width),
  scheme: z.enum(SCHEMES).catch(DEFAULTS.scheme),
  show: z.enum(SHOWS).catch(DEFAULTS.show),
  part: z.enum(PARTS).optional(),
  /** Edited values as JSON; the sample's own when absent. */
  values: z.string().max(LONGEST_VALUES, 'is too long for an address; shorten the values').optional(),
  /** A kept version of the template; what is rendered from now when absent. */
  version: version(),
  /** Two of them, to compare. */
  from: version(),
  to: version(),
  /** A test mail that was just sent. */
  sent: z.guid().optional().catch(undefined),
});

export type View = z.infer<typeof viewQuery>;

/** How a mail is looked at, whatever it is. */
export type Looks = Pick<View, 'width' | 'scheme' | 'show'>;

/** Of a past notification, whose language, values and version are settled. */
export const pastViewQuery = viewQuery
  .pick({ width: true, scheme: true, show: true })
  .extend({ part: z.enum(['html', 'text', 'frame']).optional() });

export type PastView = z.infer<typeof pastViewQuery>;

/** The address of a mail in this view; what is the default is left out. */
export function addressOf(path: string, view: Partial<View>): string {
  const state = Object.entries(view)
    .filter(([name, value]) => value !== undefined && value !== DEFAULTS[name as keyof typeof DEFAULTS])
    .map(([name, value]): [string, string] => [name, String(value)]);
  const query = new URLSearchParams(state).toString();
  return query ? `${path}?${query}` : path;
}

export function pathOf(template: string, sample: string): string {
  return `/preview/${encodeURIComponent(template)}/${encodeURIComponent(sample)}`;
}
