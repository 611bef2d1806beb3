/** Everything a mail is looked at for: a closed list, each with a title for people, in the order in which they read. */
export const CHECKS = {
  rendering: 'Renders',
  variables: 'Variables',
  translation: 'Translation',
  promises: 'What it promises',
  headline: 'Subject and preheader',
  reading: 'Reading grade',
  wording: 'Wording',
  parity: 'Text says what HTML says',
  links: 'Links',
  remote: 'Nothing remote',
  alt: 'Alternative texts',
  accessibility: 'Accessibility',
  contrast: 'Contrast',
  clients: 'Mail clients',
  size: 'Size',
} as const;

export type CheckName = keyof typeof CHECKS;

export const CHECK_NAMES = Object.keys(CHECKS) as CheckName[];

/** What a check has to say about one mail. */
export interface Finding {
  check: CheckName;
  /** `error` fails the build, `warning` wants a look, `note` is a figure or a fact to know. */
  level: 'error' | 'warning' | 'note';
  /** A sentence that says what to do. */
  message: string;
  /** The file, part or element that it is about. */
  where?: string;
}
