/** What keeps a service from starting although nothing is broken: the operator is told in one line, and the process exits 2. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
