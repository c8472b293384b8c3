import type { CallbackOutcome } from '@callbus/statistics/statistics';

/** Allows one callback. */
export interface Permit {
  readonly kind: 'go';
  /** Call it once, when the callback has ended: a lane loses a slot for good with every permit that is not given back. */
  readonly leave: (result: CallbackResult, durationMs: number) => void;
}

/** The result of a callback for its lane. `abandoned`: no callback was made, or the callback says nothing about the receiver. */
export type CallbackResult = CallbackOutcome | 'abandoned';
