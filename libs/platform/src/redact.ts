// The local part may be almost anything, as it may in what we take for an address; in JSON a backslash may stand before it.
const address = /[^\s<>",;:@]+@[^\s<>"'(),;:@[\]{}\\]+/g;

/** Takes every e-mail address out of a text. Relays like to quote the recipient in their answers. */
export function withoutAddresses(text: string): string {
  return text.includes('@') ? text.replace(address, '[address]') : text;
}
