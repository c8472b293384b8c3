// Fails when a folder of sources holds too many files to take in at a glance: `npm run check:folders`.
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const mostFiles = 15;

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
  .map((name) => join(root, name, 'src'))
  .filter((folder) => existsSync(folder))
  .flatMap(foldersUnder)
  .filter(({ files }) => files > mostFiles);
for (const { name, files } of large) {
  console.log(`${name} has ${files} files, more than ${mostFiles}`);
  process.exitCode = 1;
}
