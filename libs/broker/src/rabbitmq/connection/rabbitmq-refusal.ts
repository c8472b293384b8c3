import { connect } from 'amqplib';

const timeoutMs = 3_000;

/**
 * Logs in to RabbitMQ once.
 *
 * @returns why RabbitMQ refuses the login; undefined when it accepts the login or cannot be reached
 */
export async function rabbitmqRefusal({
  url,
  ca,
}: {
  url: string;
  ca?: string | undefined;
}): Promise<string | undefined> {
  try {
    const model = await connect(url, { timeout: timeoutMs, ...(ca !== undefined && { ca }) });
    model.on('error', () => undefined);
    await model.close().catch(() => undefined);
    return undefined;
  } catch (error) {
    return refusalIn(error, url);
  }
}

/** @returns why RabbitMQ refuses the login, by the error of a connect; undefined when the error is another one */
export function refusalIn(error: unknown, url: string): string | undefined {
  const text = String(error);
  if (/ACCESS.REFUSED/.test(text)) return 'user or password is wrong';
  // The client does not pass on why the broker has closed the connection.
  if (!text.includes('ConnectionOpenOk')) return undefined;
  const vhost = decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
  return `there is no virtual host ${vhost}, or it takes no connection of this user`;
}
