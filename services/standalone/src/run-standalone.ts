import { spawn } from 'node:child_process';
import { runService } from '@callbus/runtime/lifecycle/run-service';
import { firstScreen } from './first-screen.js';
import { startStandalone, type Standalone } from './service.js';
import { standaloneSettings } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface RunOptions {
  /** Default: the setting PORT. */
  readonly port?: number;
  /** Hides events and callbacks. */
  readonly quiet?: boolean;
  /** Opens the documentation in a browser. */
  readonly open?: boolean;
}

/** Prints a line. While the reader of standard output is behind, lines are skipped, because they would fill the memory. */
function show(line: string): void {
  if (process.stdout.writableLength === 0) process.stdout.write(`${line}\n`);
}

/** Runs the bus until the process is told to stop. */
export async function runStandalone(options: RunOptions, env: Environment): Promise<void> {
  const { port, quiet = false, open = false } = options;
  let bus: Standalone | undefined;
  await runService({
    name: 'standalone',
    settings: standaloneSettings,
    env: { ...env, ...(port !== undefined && { PORT: String(port) }) },
    terminal: {
      draining(timeoutS) {
        const lost = bus?.isInMemory ? ' Events in memory that wait for a retry end with this process.' : '';
        process.stderr.write(
          `\nStopping: waits up to ${timeoutS} s for callbacks under way.${lost} Ctrl-C again ends at once.\n`,
        );
      },
      async abandon() {
        const lost = await bus?.abandon();
        process.stderr.write(`Ended at once. ${lost ?? 'Nothing was started yet.'}\n`);
      },
    },
    async start(config, logger, stopping, tracing) {
      const started = await startStandalone({
        config,
        logger,
        stopping,
        show: quiet ? () => undefined : show,
        tracing,
      });
      bus = started;
      process.stdout.write(firstScreen(started.url, started.embedded, config.AUTH));
      if (open) openInBrowser(`${started.url}/docs`);
      return started;
    },
  });
}

const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

function openInBrowser(url: string): void {
  const [program = 'xdg-open', ...args] = openers[process.platform] ?? [];
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => show(`no browser can be opened here: see ${url}`));
  child.unref();
}
