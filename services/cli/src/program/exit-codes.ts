/** The exit codes of the command line: docs/command-line.md. */
export const exitCodes = {
  success: 0,
  /** The command has run, and its answer is no: a signature that does not fit, a fault that was found, a refused event. */
  negative: 1,
  /** Wrong arguments, files or settings. */
  usage: 2,
  /** The bus has refused the request. */
  refused: 3,
  /** The bus cannot be reached, or cannot serve now. */
  unavailable: 4,
  interrupted: 130,
} as const;
