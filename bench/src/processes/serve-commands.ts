export type Commands = Record<string, (argument: never) => unknown>;

interface Question {
  readonly id: number;
  readonly command: string;
  readonly argument: unknown;
}

/** Runs the commands that the benchmark sends over the channel of this process. */
export function serveCommands(commands: Commands): void {
  process.on('message', ({ id, command, argument }: Question) => {
    Promise.resolve()
      .then(() => commands[command]?.(argument as never))
      .then(
        (result) => process.send?.({ id, result }),
        (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
      );
  });
}
