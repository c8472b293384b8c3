import { Command } from 'commander';
import { list } from '../output/table.js';
import { Failure } from '../program/failure.js';
import type { Runner } from '../program/run.js';
import { profileIn, profilesFile, readProfiles, writeProfiles, type Profile } from './profiles.js';
import { readSecret } from './read-secret.js';
import { busUrl, visible, type GlobalOptions } from './settings.js';

/** Profiles are read without the settings, which may name a profile that is not there. */
export function profilesCommand({ run }: Runner): Command {
  const profiles = new Command('profiles').description('Keep the address, the account and the key of each bus');

  profiles
    .command('list')
    .description('list the profiles')
    .action(
      run(async ({ env }) => {
        const { current, profiles: all } = await readProfiles(env);
        const rows = Object.entries(all).map(([name, { url = '', account = '', key }]) => ({
          name,
          url,
          account,
          hasKey: key !== undefined,
          isCurrent: name === current,
        }));
        const cells = rows.map((row) => [
          row.isCurrent ? `* ${row.name}` : `  ${row.name}`,
          row.url,
          row.account,
          row.hasKey ? 'key' : '',
        ]);
        return {
          json: rows,
          lines: list(['  NAME', 'URL', 'ACCOUNT', ''], cells, `no profiles in ${profilesFile(env)}`),
        };
      }),
    );

  profiles
    .command('set <name>')
    .description('store a profile: --url and --account, and with --key the key, which is asked for')
    .option('--key', 'ask for the key, or read it from standard input')
    .action(
      run<[string], { key?: boolean }>(async ({ env }, [name], options) => {
        const { url, account } = profiles.optsWithGlobals<GlobalOptions>();
        if (!/^[\p{L}\p{N}]/u.test(name)) throw new Failure('the name of a profile begins with a letter or a digit');
        const before = await readProfiles(env);
        const key = options.key === true ? await readSecret(`key of ${name}: `) : undefined;
        const profile: Profile = {
          ...profileIn(before, name),
          ...(url !== undefined && { url: busUrl(url) }),
          ...(account !== undefined && { account: visible('the account', account) }),
          ...(key !== undefined && { key: visible('the key', key) }),
        };
        await writeProfiles(env, {
          current: before.current ?? name,
          profiles: { ...before.profiles, [name]: profile },
        });
        return { json: { name, file: profilesFile(env) }, lines: [`stored ${name} in ${profilesFile(env)}`] };
      }),
    );

  profiles
    .command('use <name>')
    .description('take a profile unless another is named')
    .action(
      run<[string]>(async ({ env }, [name]) => {
        const before = await readProfiles(env);
        if (profileIn(before, name) === undefined) throw new Failure(`there is no profile ${name}`);
        await writeProfiles(env, { ...before, current: name });
        return { json: { current: name }, lines: [`using ${name}`] };
      }),
    );

  profiles
    .command('delete <name>')
    .description('delete a profile with its key')
    .action(
      run<[string]>(async ({ env }, [name]) => {
        const before = await readProfiles(env);
        if (profileIn(before, name) === undefined) throw new Failure(`there is no profile ${name}`);
        const { current } = before;
        const left = Object.fromEntries(Object.entries(before.profiles).filter(([each]) => each !== name));
        await writeProfiles(env, { ...(current !== undefined && current !== name && { current }), profiles: left });
        return { json: { deleted: name }, lines: [`deleted ${name}`] };
      }),
    );

  return profiles;
}
