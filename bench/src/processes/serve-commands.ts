export type Commands = Record<string, (argument: never) => unknown>;

interface Question {
  readonly id: number;
  readonly command: string;
  readonly argument: unknown;
}

/** Makes this process a program of the benchmark: it runs the commands from its channel, and ends with the channel. */
export function serveCommands(commands: Commands): void {
  process.on('disconnect', () => process.exit());
  process.on('message', ({ id, command, argument }: Question) => {
    Promise.resolve()
      .then(() => commands[command]?.(argument as never))
      .then(
        (result) => process.send?.({ id, result }),
        (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
      );
  });
}
