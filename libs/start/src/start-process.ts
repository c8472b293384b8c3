import { runService, type ServiceDefinition } from '@callbus/runtime/lifecycle/run-service';
import { createContext, type Context } from './context.js';

export interface ProcessDefinition<T extends { LOG_LEVEL: string }> extends Omit<ServiceDefinition<T>, 'start'> {
  /** Opens what the service works on, and then the service. All that was opened is closed in reverse order. */
  open(context: Context<Readonly<T>>): Promise<void>;
}

/** The process of one service. */
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
