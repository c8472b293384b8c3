import { createReadStream } from 'node:fs';
import { answerOf, type Client, type Event } from '@callbus/client';
import { Command, Option } from 'commander';
import type { Shown } from '../output/output.js';
import { withProgress } from '../output/progress.js';
import { short } from '../output/table.js';
import { busClient } from '../program/bus-client.js';
import { exitCodes } from '../program/exit-codes.js';
import { Failure, failureOf } from '../program/failure.js';
import type { Context, Runner } from '../program/run.js';
import { wholeNumber } from '../program/whole-number.js';
import { cloudEventOptions, defaultChanges, defaultSource, eventOf, type EventOptions } from './event-options.js';
import { isEventList, readDocuments, type EventList } from './read-documents.js';

interface Options extends EventOptions {
  readonly retryFor: number;
}

export const publishCommand = ({ runToEnd }: Runner): Command =>
  new Command('publish')
    .description('Publish one event, a file of events, or those of standard input')
    .argument('[file]', 'JSON lines, one JSON object or a JSON list; - for standard input')
    .option('--type <type>', 'the type of one CloudEvent')
    .option('--source <source>', `its source (default: ${defaultSource})`)
    .option('--data <json>', 'its data: JSON, else a text')
    .option('--id <id>', 'its id, by which repeats are recognized (default: a new UUID)')
    .option('--subject <subject>', 'its subject')
    .option('--bus <bus>', 'its event bus')
    .addOption(new Option('--etc <source.topic.type.status>', 'one ETC notification').conflicts([...cloudEventOptions]))
    .option('--changes <list>', `its changes, separated by commas (default: ${defaultChanges})`)
    .option('--retry-for <seconds>', 'how long a publish is repeated while the bus cannot take it', wholeNumber(), 10)
    .addHelpText(
      'after',
      `
Each JSON object is a CloudEvent, an ETC notification (with event_source) or an event-bus request (with eventList).

  callbus publish --source acs.oss --type oss.ObjectCreated --data '{"object":"cat.png"}'
  callbus publish --etc a.gs.cert.1 --changes 1001,1002
  callbus publish events.jsonl
  producer | callbus publish`,
    )
    .action(
      runToEnd<[string | undefined], Options>(async (context, [file], options) => {
        const client = busClient(context.settings, { retry: { forMs: options.retryFor * 1_000 } });
        const one = eventOf(options);
        if (one !== undefined && file !== undefined)
          throw new Failure('give one event by options, or a file, not both');
        if (one !== undefined) return publishOne(client, one);
        if (file === undefined && process.stdin.isTTY) throw new Failure('no event: give --type, --etc, or a file');
        return publishAll(context, client, file);
      }),
    );

async function publishOne(client: Client, event: Event): Promise<Shown> {
  const { id, repeated = false } = await client.publish(event);
  return { json: { id, repeated }, lines: [`published ${id}${repeated ? ', which the bus had before' : ''}`] };
}

/** Publishes in lists, as fast as the bus stores them. */
async function publishAll(context: Context, client: Client, file: string | undefined): Promise<Shown> {
  const { output, settings, stopping } = context;
  const input = file === undefined || file === '-' ? process.stdin : createReadStream(file);
  const counts = { published: 0, repeated: 0, failed: 0 };
  let read = 0;

  async function* events(): AsyncGenerator<Event> {
    for await (const document of readDocuments(input, stopping)) {
      read += 1;
      if (isEventList(document)) await publishList(document);
      else yield document;
    }
  }

  async function publishList(list: EventList): Promise<void> {
    try {
      const body = list as never;
      const { events: accepted } = await answerOf(client.api.POST('/v1/event-bus/event/recv', { body }));
      counts.published += accepted.length;
      for (const { id } of accepted) if (output.isJson) output.item({ id }, '');
    } catch (error) {
      fail(error, list);
    }
  }

  function fail(error: unknown, event: unknown): void {
    const failure = failureOf(error, settings.url);
    if (failure === undefined) throw error;
    counts.failed += 1;
    const text = jsonIn(event);
    const line = `failed: ${failure.message}: ${short(text ?? 'an event that is nested too deeply', 200)}`;
    output.item({ error: failure.message, event: text === undefined ? null : event }, output.colors.red(line));
  }

  function tellCounts(): void {
    const repeats = counts.repeated > 0 ? `, of which the bus had ${counts.repeated} before` : '';
    const failures = counts.failed > 0 ? `; ${counts.failed} failed` : '';
    output.note(output.isJson ? JSON.stringify(counts) : `published ${counts.published}${repeats}${failures}`);
  }

  try {
    await withProgress(output, 'publishing', async (progress) => {
      for await (const { event, published, error } of client.publishMany(events())) {
        if (published === undefined) fail(error, event);
        else {
          counts.published += 1;
          if (published.repeated === true) counts.repeated += 1;
          if (output.isJson) output.item(published, '');
        }
        progress(counts.published + counts.failed, read);
      }
    });
  } catch (error) {
    if (read > 0) tellCounts();
    throw error;
  }
  tellCounts();
  return { json: counts, lines: [], exitCode: exitCodeOf(counts.failed, stopping.aborted) };
}

/** @returns undefined for an event that is nested too deeply to be written */
function jsonIn(event: unknown): string | undefined {
  try {
    return JSON.stringify(event);
  } catch {
    return undefined;
  }
}

function exitCodeOf(failed: number, isInterrupted: boolean): number {
  if (isInterrupted) return exitCodes.interrupted;
  return failed > 0 ? exitCodes.negative : exitCodes.success;
}
