/** A reason not to start although nothing is broken. The operator gets one line, and the process exits with 2. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
