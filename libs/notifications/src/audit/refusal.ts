/** An action was refused, and nothing was changed. `why` is one of a closed list, the message a sentence for people. */
export class ActionRefused extends Error {
  constructor(
    readonly why: string,
    message: string,
  ) {
    super(message);
  }
}

/** There is no such thing to act on. */
export class NothingToActOn extends Error {}
