/** A reason why a service cannot start although it is not broken. The log has one line for the operator, and the process exits with 2. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
