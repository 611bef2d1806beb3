const address = /[^\s<>"'(),;:[\]{}\\]+@[^\s<>"'(),;:[\]{}\\]+/g;

/** Takes every e-mail address out of a text. Relays like to quote the recipient in their answers. */
export function withoutAddresses(text: string): string {
  return text.includes('@') ? text.replace(address, '[address]') : text;
}
