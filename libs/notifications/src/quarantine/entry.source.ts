/** The queue name of what came over HTTP: its caller was answered, so only what waits is parked. */
export const HTTP_DOOR = 'http';

/** Where a message came from. */
export function messageSource(queue: string, messageId: string): string {
  return `${queue}/${messageId}`;
}

/** Where an entry came from: the same place always gives the same text. */
export function entrySource(message: string, index: number): string {
  return `${message}#${index}`;
}

export function isEntry(source: string): boolean {
  return source.includes('#');
}
