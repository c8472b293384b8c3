import { backoffMs } from '@callbus/concurrency/backoff';
import { within } from '@callbus/concurrency/within';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import type { Logger } from 'pino';
import { destroy, gatherWrites } from './connection-stream.js';
import type { Admit } from './nodes.js';
import { watchPulse } from './pulse.js';
import { createRotatingLookup } from './rotating-lookup.js';
import { isNotFound } from '../topology/declare-once.js';

const heartbeatS = 10;
/** A hanging node accepts connections but does not answer. The next attempt may reach another node. */
const connectTimeoutMs = 3_000;
const closeTimeoutMs = 2_000;
const delays = { firstMs: 250, longestMs: 5_000 };

/** A connection and its only channel. Both are always replaced together, so that there is one way to recover. */
export interface Session<C extends Channel> {
  readonly model: ChannelModel;
  readonly channel: C;
  isOpen(): boolean;
  /** Whether the connection was blocked before the session existed. */
  readonly isBlocked: boolean;
  /** Ends the connection, which is replaced at once. */
  drop(reason: string): void;
}

export interface ConnectionOptions<C extends Channel> {
  readonly url: string;
  /** The certificates of the authorities to trust; the public authorities when undefined. */
  readonly ca: string | undefined;
  /** The name in the broker's list of connections. */
  readonly name: string;
  readonly logger: Logger;
  /** Decides whether a new connection is kept. Another attempt follows at once when it is not. */
  readonly admit: Admit;
  readonly createChannel: (model: ChannelModel) => Promise<C>;
  /** Prepares a new channel. When it rejects, the connection is closed and another attempt follows. */
  readonly onOpen: (session: Session<C>) => Promise<void>;
  /** Called when a channel is lost, even before `onOpen` has resolved. */
  readonly onLost: (session: Session<C>, reason: string) => void;
  /** Called when the broker reports a missing queue or exchange. */
  readonly onMissing: () => void;
}

export interface Connection {
  /** Resolves when the connection is ready for the first time. @throws when it is closed before that */
  untilReady(): Promise<void>;
  close(): Promise<void>;
}

/** Keeps a connection open until it is closed: whenever the connection or its channel is lost, it connects again, with backoff. */
export async function keepConnected<C extends Channel>(options: ConnectionOptions<C>): Promise<Connection> {
  const logger = options.logger.child({ connection: options.name });
  let latest: ChannelModel | undefined;
  let isAdmitted = true;
  let isClosing = false;
  /** Monotonic milliseconds; Infinity while connected. */
  let nextAttemptAtMs = 0;
  let onAttemptEnd: (() => void) | undefined;

  const recovering = await connect(withHeartbeat(options.url), {
    noDelay: true,
    timeout: connectTimeoutMs,
    lookup: createRotatingLookup(),
    ...(options.ca !== undefined && { ca: options.ca }),
    clientProperties: { connection_name: options.name },
    recovery: { calculateDelay, waitForConnect: false, setup },
  });
  recovering.on('connect', () => {
    endAttempt(Infinity);
    logger.info('connected to rabbitmq');
  });
  recovering.on('reconnect-scheduled', ({ delay, error }) => {
    endAttempt(delay);
    if (isAdmitted && !isClosing) logger.warn({ error: messageOf(error), retryInMs: delay }, 'waiting for rabbitmq');
    isAdmitted = true;
  });
  // The event `reconnect-scheduled` follows with the same error.
  recovering.on('error', ignore);

  function endAttempt(nextAfterMs: number): void {
    nextAttemptAtMs = performance.now() + nextAfterMs;
    onAttemptEnd?.();
  }

  function calculateDelay(attempt: number): number {
    if (!isAdmitted) return 0;
    return backoffMs(attempt - 1, delays) * (0.8 + Math.random() * 0.4);
  }

  async function setup(model: ChannelModel): Promise<void> {
    latest = model;
    gatherWrites(model);
    let cause: Error | undefined;
    const remember = (error: Error) => {
      cause ??= error;
      if (isNotFound(error)) options.onMissing();
    };
    const drop = (reason: string) => {
      remember(new Error(reason));
      destroy(model, new Error(reason));
    };
    model.on('error', remember);
    let isBlocked = false;
    model.on('blocked', () => (isBlocked = true));
    model.on('unblocked', () => (isBlocked = false));
    try {
      if (isClosing) throw new Error('the connection is closed');
      await watchPulse(model, () => drop('rabbitmq does not answer'));
      isAdmitted = await options.admit(model);
      if (!isAdmitted) throw new Error('another connection is to the same node');
      const channel = await options.createChannel(model);
      let isOpen = true;
      const session: Session<C> = {
        model,
        channel,
        isOpen: () => isOpen,
        isBlocked,
        drop,
      };
      channel.on('error', remember);
      channel.on('handler-error', (error) => logger.error({ err: error }, 'a channel event was not handled'));
      channel.on('close', () => {
        isOpen = false;
        options.onLost(session, cause?.message ?? 'the connection was closed');
        if (cause) logger.warn({ error: cause.message }, 'channel lost');
        queueMicrotask(() => void model.close().catch(ignore));
      });
      await options.onOpen(session);
      // amqplib listens for the loss of a connection only from here on, and would never replace one that was lost before.
      if (!session.isOpen()) throw new Error('the connection was closed');
    } catch (error) {
      // amqplib reconnects only after its own close of this connection, which never resolves when the connection is lost meanwhile.
      await closed(model);
      throw cause ?? error;
    }
  }

  return {
    untilReady: () => recovering.waitForConnect().then(() => undefined),
    /**
     * Waits for the end of an attempt to connect. A connection that amqplib opens after its own close has no listener for errors, and the loss
     * of such a connection would end the process.
     */
    async close(): Promise<void> {
      isClosing = true;
      const isConnecting = performance.now() >= nextAttemptAtMs;
      if (isConnecting)
        await within(closeTimeoutMs, new Promise<void>((resolve) => (onAttemptEnd = resolve))).catch(ignore);
      await within(closeTimeoutMs, Promise.all([recovering.close(), latest && closed(latest)])).catch(ignore);
    },
  };
}

/** Closes a connection, and resolves however it ends. */
function closed(model: ChannelModel): Promise<void> {
  return new Promise((resolve) => {
    model.once('close', () => resolve());
    model.close().catch(() => resolve());
  });
}

function withHeartbeat(url: string): string {
  const parts = new URL(url);
  if (!parts.searchParams.has('heartbeat')) parts.searchParams.set('heartbeat', String(heartbeatS));
  return parts.href;
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

/** The connection is lost or closes, so the error does not matter. */
function ignore(): void {
  // Nothing to do.
}
