import type { Logger } from '@callbus/runtime/observability/logger';
import { createMetrics, type Metrics } from '@callbus/runtime/observability/metrics';
import type { Tracing } from '@callbus/runtime/observability/tracing';
import { createClosingStack, type ClosingStack } from './closing-stack.js';

/** The values that all parts of a process share. */
export interface Context<Config> {
  readonly config: Config;
  readonly logger: Logger;
  /** Aborted when the process is told to stop. */
  readonly stopping: AbortSignal;
  readonly tracing: Tracing | undefined;
  readonly metrics: Metrics;
  /** Each function that opens a resource pushes its close here. */
  readonly opened: ClosingStack;
}

export function createContext<Config>(
  given: Pick<Context<Config>, 'config' | 'logger' | 'stopping' | 'tracing'>,
): Context<Config> {
  return { ...given, metrics: createMetrics(), opened: createClosingStack() };
}
