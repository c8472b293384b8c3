import type { CallbackResult } from './permit.js';

/** `half-open`: the time for which the breaker was open is over, and one callback probes the receiver. */
export type BreakerState = 'closed' | 'open' | 'half-open';

const failuresToOpen = 5;
const firstOpenMs = 30_000;
export const longestOpenMs = 600_000;

/** Stops the callbacks to a receiver after five failures in a row. All times are milliseconds of one clock. */
export class Breaker {
  private failures = 0;
  private openMs = firstOpenMs;
  private isProbing = false;
  openUntilMs = 0;

  state(nowMs: number): BreakerState {
    if (this.failures < failuresToOpen) return 'closed';
    return nowMs < this.openUntilMs ? 'open' : 'half-open';
  }

  /** Whether a probe is due: the breaker is half-open, and no probe is under way. */
  isProbeDue(nowMs: number): boolean {
    return !this.isProbing && this.state(nowMs) === 'half-open';
  }

  beginProbe(): void {
    this.isProbing = true;
  }

  /** Any success closes the breaker. Failures open it, and a failed probe opens it for twice as long. */
  learn(result: CallbackResult, nowMs: number): void {
    const wasProbing = this.isProbing;
    this.isProbing = false;
    if (result === 'abandoned') return;
    if (result === 'confirmed') {
      this.failures = 0;
      this.openMs = firstOpenMs;
      this.openUntilMs = 0;
      return;
    }
    this.failures += 1;
    if (this.failures === failuresToOpen || wasProbing) this.open(nowMs);
  }

  private open(nowMs: number): void {
    this.openUntilMs = nowMs + this.openMs;
    this.openMs = Math.min(2 * this.openMs, longestOpenMs);
  }
}
