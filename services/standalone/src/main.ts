import { runService } from '@callbus/runtime/lifecycle/run-service';
import { curlLines } from './demo/curl-lines.js';
import { startStandalone } from './service.js';
import { standaloneSettings } from './settings.js';

/** Prints a line. While the reader of standard output is behind, lines are skipped, because they would fill the memory. */
function show(line: string): void {
  if (process.stdout.writableLength === 0) process.stdout.write(`${line}\n`);
}

await runService({
  name: 'standalone',
  settings: standaloneSettings,
  env: process.env,
  async start(config, logger, stopping, tracing) {
    const bus = await startStandalone({ config, logger, stopping, show, tracing });
    const notes = bus.embedded.map((note) => `  ${note}`);
    const lines = curlLines(bus.url).map((line) => `  ${line}`);
    process.stdout.write(
      [`Callbus is ready on ${bus.url}`, ...notes, '', 'Try it, in another terminal:', '', ...lines, '', ''].join('\n'),
    );
    return bus;
  },
});
