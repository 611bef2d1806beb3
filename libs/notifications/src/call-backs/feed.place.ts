/** A place in the feed of events: that of one event, or before one. */
export interface FeedPlace {
  /** The transaction that wrote the event. */
  xid: string;
  sequence: string;
}

/** Before every event. */
export const BEGINNING: FeedPlace = { xid: '0', sequence: '0' };

/** What others keep of a place, without needing to know what it is made of. */
export function cursorOf({ xid, sequence }: FeedPlace): string {
  return Buffer.from(`e.${xid}.${sequence}`).toString('base64url');
}

/** Undefined when it is no cursor of the feed. */
export function placeOf(cursor: string): FeedPlace | undefined {
  const [, xid, sequence] =
    /^e\.(\d{1,18})\.(\d{1,18})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  return xid && sequence ? { xid, sequence } : undefined;
}
