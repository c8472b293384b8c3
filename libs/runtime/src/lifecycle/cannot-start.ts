/** A reason not to start that the operator has to remove. It is printed as one line, and the process exits with 2. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
