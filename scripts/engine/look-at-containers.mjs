// Checks the rights of containers, the limits of their logs, and the contents of their images.
import { readFile } from 'node:fs/promises';
import { ownServices } from './installation.mjs';

/** Arguments of `find` that match sources of this repository. The packages of others may contain sources. */
const sources = [
  '(',
  '-path',
  '*/node_modules/@callbus/*',
  '-o',
  '-not',
  '-path',
  '*/node_modules/*',
  ')',
  '-type',
  'f',
].concat(['(', '-name', '*.ts', '-o', '-name', '*.map', ')']);

/** Without the base image. */
const largestImageMb = 80;

/** @returns the id of the server's process in a container: the last one that the engine lists */
async function serverOf(engine, container) {
  const processes = (await engine.docker('top', container, '-eo', 'pid,comm')).trim().split('\n').slice(1);
  const [, pid] = /^\s*(\d+)/.exec(processes.at(-1)) ?? [];
  return pid;
}

/** @returns the users and capabilities of a process, as the kernel shows them */
async function rightsOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const field = (name) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];
  return {
    uid: Number(field('Uid')),
    effective: BigInt(`0x${field('CapEff')}`),
    bounding: BigInt(`0x${field('CapBnd')}`),
    mayGainMore: field('NoNewPrivs') === '0',
  };
}

/** @returns one line per container, and the faults */
export async function lookAtContainers({ engine, installation, services }) {
  const faults = [];
  const lines = [];
  for (const service of services) {
    const [container] = await installation.containers(service);
    const [{ HostConfig: host }] = JSON.parse(await engine.docker('inspect', container));
    const { uid, effective, bounding, mayGainMore } = await rightsOf(await serverOf(engine, container));
    const expect = (isRight, text) => isRight || faults.push(`${service}: ${text}`);
    expect(uid !== 0, 'its server runs as root');
    expect(effective === 0n, `its server has the capabilities ${effective.toString(16)}`);
    const logs = host.LogConfig.Config;
    expect(logs['max-size'] !== undefined && logs['max-file'] !== undefined, 'its log has no bound');
    for (const bindings of Object.values(host.PortBindings ?? {}))
      for (const { HostIp: address } of bindings)
        expect(address === '127.0.0.1', `it listens on ${address || 'every address'}`);
    if (ownServices.includes(service) || service === 'gateway' || service === 'redis') {
      expect(bounding === 0n, `its server could get the capabilities ${bounding.toString(16)}`);
      expect(!mayGainMore, 'its server may gain privileges');
    }
    if (ownServices.includes(service)) expect(host.ReadonlyRootfs, 'it may write to its files');
    lines.push(
      `${service}: user ${uid}, no capability${bounding === 0n ? ', none to be had' : ''}, logs at most ${logs['max-file']} x ${logs['max-size']}`,
    );
  }
  return { lines, faults };
}

/** @returns one line per image, and the faults */
export async function lookAtImages({ engine, images, base }) {
  const faults = [];
  const lines = [];
  const sizeOf = async (image) => Number(await engine.docker('image', 'inspect', '-f', '{{.Size}}', image)) / 1e6;
  const baseMb = await sizeOf(base);
  for (const image of images) {
    const ownMb = (await sizeOf(image)) - baseMb;
    if (ownMb > largestImageMb) faults.push(`${image} adds ${ownMb.toFixed(0)} MB to ${base}`);
    const found = (await engine.docker('run', '--rm', image, 'find', '/service', ...sources)).trim();
    if (found !== '') faults.push(`${image} holds sources: ${found.split('\n').slice(0, 3).join(', ')}`);
    lines.push(`${image}: ${ownMb.toFixed(0)} MB on a base of ${baseMb.toFixed(0)} MB`);
  }
  return { lines, faults };
}
