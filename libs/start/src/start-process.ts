import { runService, type ServiceDefinition } from '@callbus/runtime/lifecycle/run-service';
import { createContext, type Context } from './context.js';

export interface ProcessDefinition<T extends { LOG_LEVEL: string }> extends Omit<ServiceDefinition<T>, 'start'> {
  /** Opens the service's dependencies, then the service. They are closed in reverse order. */
  open(context: Context<Readonly<T>>): Promise<void>;
}

/** Runs one service as a process. */
export function startProcess<T extends { LOG_LEVEL: string }>(definition: ProcessDefinition<T>): Promise<void> {
  return runService({
    ...definition,
    async start(config, logger, stopping, tracing) {
      const context = createContext({ config, logger, stopping, tracing });
      await definition.open(context);
      return context.opened;
    },
  });
}
