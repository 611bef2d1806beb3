import MimeNode from 'nodemailer/lib/mime-node';

/** Values of a header that are kept: subjects and senders repeat, recipients do not. */
const KEPT = 1_000;
const kept = new Map<string, string>();

/** An address that stands in a header as it is. */
const PLAIN = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?$/i;

/** The value of a header as it goes over the wire: encoded where it has to be, and folded. */
export function headerValue(key: 'From' | 'To' | 'Subject', value: string): string {
  if (key === 'To') return PLAIN.test(value) ? value : encoded(key, value);
  const name = `${key}:${value}`;
  const known = kept.get(name);
  if (known !== undefined) return known;
  if (kept.size >= KEPT) kept.clear();
  const made = encoded(key, value);
  kept.set(name, made);
  return made;
}

/**
 * The address of a sender such as "Tax Filing <no-reply@example.org>".
 * @throws Error unless it is exactly one; the settings let no other pass.
 */
export function senderOf(from: string): string {
  const { from: senders = [] } = new MimeNode().setHeader('From', from).getAddresses();
  const [sender, ...more] = senders;
  if (more.length > 0 || !sender?.address?.includes('@')) throw new Error('A sender is one address');
  return sender.address;
}

function encoded(key: string, value: string): string {
  const node = new MimeNode().setHeader(key, key === 'To' ? { name: '', address: value } : value);
  const line = node
    .buildHeaders()
    .split(/\r\n(?![ \t])/)
    .find((header) => header.startsWith(`${key}:`));
  // A value that does not fit behind its name is folded at once.
  return line?.slice(key.length + 1).replace(/^ /, '') ?? '';
}
