// Fails when a folder of sources holds more files than a reader takes in at once: `npm run check:folders`.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const mostFiles = 15;
/** Folders that are still too large. One that no longer is has to leave the list. */
const exceptions = new Set(['libs/broker/src/rabbitmq', 'services/delivery/src']);

const packages = ['libs', 'services']
  .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
  .concat('bench');

/** @returns {{ name: string, files: number }[]} */
function foldersUnder(/** @type {string} */ folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).length;
  const inner = entries.filter((entry) => entry.isDirectory());
  return [{ name: relative(root, folder), files }, ...inner.flatMap(({ name }) => foldersUnder(join(folder, name)))];
}

const large = packages
  .flatMap((name) => foldersUnder(join(root, name, 'src')))
  .filter(({ files }) => files > mostFiles);
for (const { name, files } of large) {
  const isException = exceptions.has(name);
  console.log(`${name} has ${files} files, more than ${mostFiles}${isException ? ' (an exception, to be split)' : ''}`);
  if (!isException) process.exitCode = 1;
}
for (const name of exceptions) {
  if (large.some((folder) => folder.name === name)) continue;
  console.log(`${name} has no more than ${mostFiles} files: take it off the exceptions of scripts/check-folders.mjs`);
  process.exitCode = 1;
}
