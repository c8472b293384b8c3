// A Docker engine: the one that runs already, or one that is started for this check alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { needPackage, unpackPackage } from './debian.mjs';
import { run, stopSignal, succeeds } from './run.mjs';

/**
 * @param {{ cache: string, opened: import('../../libs/start/dist/closing-stack.js').ClosingStack, tell: (text: string) => void }} options
 */
export async function openEngine({ cache, opened, tell }) {
  const isRunning = await succeeds('docker', ['version']);
  /** @type {NodeJS.ProcessEnv} */
  const env = isRunning ? { ...process.env } : await startEngine({ cache, opened, tell });
  if (!(await succeeds('docker', ['compose', 'version'], { env })))
    env.DOCKER_CONFIG = await addCompose({ cache, opened });
  const docker = (...args) => run('docker', args, { env });
  const [server, plugin] = await Promise.all([
    docker('version', '-f', '{{.Server.Version}}'),
    docker('compose', 'version', '--short'),
  ]);
  tell(`Docker ${server.trim()} ${isRunning ? 'that runs here' : 'of this check alone'}, Compose ${plugin.trim()}`);
  return {
    env,
    isOwn: !isRunning,
    docker,
    /** Runs a command in spite of Ctrl-C. */
    cleanUp: (...args) => run('docker', args, { env, signal: null }),
  };
}

/** @returns a folder for DOCKER_CONFIG, with the plugin that is missing and the settings that there are */
async function addCompose({ cache, opened }) {
  const plugin = join(await unpackPackage('docker-compose', cache), 'usr/libexec/docker/cli-plugins/docker-compose');
  const folder = await mkdtemp(join(tmpdir(), 'callbus-docker-config-'));
  opened.push(() => rm(folder, { recursive: true }));
  const usual = process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
  if (existsSync(usual)) await cp(usual, folder, { recursive: true });
  await mkdir(join(folder, 'cli-plugins'), { recursive: true });
  await symlink(plugin, join(folder, 'cli-plugins', 'docker-compose'));
  return folder;
}

/** @returns the environment in which `docker` finds it */
async function startEngine({ cache, opened, tell }) {
  await needPackage('docker.io', '/usr/sbin/dockerd');
  await needPackage('iptables', '/usr/sbin/iptables');
  const folder = await mkdtemp(join(tmpdir(), 'callbus-engine-'));
  opened.push(() => rm(folder, { recursive: true, force: true }));
  await keepNetwork(opened);
  await mkdir(cache, { recursive: true });

  const host = `unix://${join(folder, 'docker.sock')}`;
  const args = [
    ['--host', host],
    ['--data-root', join(cache, 'docker')],
    ['--exec-root', join(folder, 'exec')],
    ['--pidfile', join(folder, 'pid')],
  ];
  const dockerd = spawn('/usr/sbin/dockerd', args.flat(), { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(join(cache, 'dockerd.log'));
  dockerd.stdout.pipe(log);
  dockerd.stderr.pipe(log);
  const exited = once(dockerd, 'exit');
  opened.push(async () => {
    dockerd.kill('SIGTERM');
    await exited;
  });
  const env = { ...process.env, DOCKER_HOST: host };
  for (let tries = 0; !(await succeeds('docker', ['version'], { env })); tries += 1) {
    stopSignal.throwIfAborted();
    if (tries === 120 || dockerd.exitCode !== null) {
      const text = await readFile(join(cache, 'dockerd.log'), 'utf8');
      throw new Error(`the Docker engine does not start:\n${text.split('\n').slice(-15).join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  tell('started a Docker engine of this check alone');
  return env;
}

/** An engine adds a bridge and firewall rules, and leaves both behind. This function restores the network when `opened` closes. */
async function keepNetwork(opened) {
  const policies = new Map();
  for (const iptables of ['iptables', 'ip6tables']) {
    const [policy] = (await run(iptables, ['-S', 'FORWARD']).catch(() => '')).split('\n');
    if (policy.startsWith('-P FORWARD ')) policies.set(iptables, policy.slice('-P FORWARD '.length));
  }
  const forwarding = (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim();
  opened.push(async () => {
    for (const [iptables, policy] of policies)
      await run('sh', ['-ec', removeRules, iptables, policy], { signal: null });
    await run('sysctl', ['-q', `net.ipv4.ip_forward=${forwarding}`], { signal: null });
    await succeeds('ip', ['link', 'delete', 'docker0'], { signal: null });
  });
}

const removeRules = `
  "$0-save" | grep -vE 'DOCKER|docker0' | sed "s/^:FORWARD [A-Z]*/:FORWARD $1/" | "$0-restore"
`;
