import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { exitCodes } from '../program/exit-codes.js';
import { Failure } from '../program/failure.js';
import type { Context, Runner } from '../program/run.js';
import { wholeNumber } from '../program/whole-number.js';
import { receiverUrl } from '../settings/receiver-url.js';
import { lineOf, reportOf } from './callback-line.js';
import { handOn } from './hand-on.js';
import { httpUrl, ownAddress } from './own-url.js';
import { followKeys } from './pressed-keys.js';
import { openReceiver, type GivenAnswer, type ReceivedCallback } from './receiver.js';
import { clearLeftovers, createTemporary, expectReachable } from './temporary.js';

interface Options {
  readonly names: string;
  readonly publicUrl?: string;
  readonly port: number;
}

const mostPort = 65_535;
const ctrlC = '\u0003';

export const listenCommand = ({ runToEnd }: Runner): Command =>
  new Command('listen')
    .description('Subscribe for as long as it runs, print each callback, and hand it on to a local program')
    .argument('[target]', 'a port or URL of the local program; without it callbacks are confirmed')
    .option('--names <names>', 'event names and patterns, separated by commas; # is any', '#')
    .option('--public-url <url>', 'where the bus reaches this command, such as the address of a tunnel')
    .addOption(
      new Option('--port <number>', 'the port of its server').argParser(wholeNumber(mostPort)).default(0, 'a free one'),
    )
    .addHelpText('after', '\nIn a terminal r hands the last callback on again, and q or Ctrl-C ends.')
    .action(runToEnd<[string | undefined], Options>(listen));

async function listen(context: Context, [given]: [string | undefined], options: Options): Promise<undefined> {
  const { output, settings, stopping } = context;
  const target = given === undefined ? undefined : receiverUrl(given);
  const publicUrl = options.publicUrl === undefined ? undefined : receiverUrl(options.publicUrl);
  const address = publicUrl === undefined ? await ownAddress(settings.url) : '0.0.0.0';
  // The call says why the bus does not answer.
  const cleared = await clearLeftovers(context);
  if (cleared > 0) output.note(`deleted ${cleared} subscriptions that earlier runs had left`);
  if (address === undefined) throw new Failure('the address of this machine is not known: give --public-url');

  const stop = new AbortController();
  const ended = AbortSignal.any([stop.signal, stopping]);
  let secret = '';
  let last: ReceivedCallback | undefined;

  async function take(callback: ReceivedCallback): Promise<GivenAnswer> {
    last = callback;
    const handed = target === undefined ? undefined : await handOn(target, callback, ended);
    const report = await reportOf(callback, secret, handed);
    output.item(report, lineOf(output, report));
    return handed?.answer ?? { status: 200, body: 'ok' };
  }

  const path = `/${randomBytes(12).toString('base64url')}`;
  const receiver = await openReceiver({ host: address, port: options.port, path, answer: take });
  try {
    const callbackUrl = publicUrl?.replace(/\/*$/, path) ?? httpUrl(address, receiver.port, path);
    await expectReachable(context, callbackUrl);
    const temporary = await createTemporary(context, { callbackUrl, names: options.names });
    ({ secret } = temporary);
    const unfollow = followKeys((key) => {
      if (key === 'q' || key === ctrlC) stop.abort();
      if (key !== 'r') return;
      if (last === undefined) output.note('nothing has come yet');
      else void take(last);
    });
    try {
      const where = target === undefined ? '' : `, handing on to ${target}`;
      output.note(`listening to ${options.names} as subscription ${temporary.id}${where}; r: again, q: end`);
      output.note(`signing secret: ${secret} (valid until listen ends)`);
      if (await temporary.isLost(ended))
        throw new Failure(`subscription ${temporary.id} was deleted elsewhere: start listen again`, exitCodes.refused);
      await temporary.delete();
      output.note(`deleted subscription ${temporary.id}`);
    } finally {
      unfollow();
    }
  } finally {
    receiver.close();
  }
  return undefined;
}
