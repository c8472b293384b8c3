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
    return /ACCESS.REFUSED/.test(String(error)) ? 'user or password is wrong' : undefined;
  }
}
