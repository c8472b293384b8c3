// Follows the documents of operators literally: runs their blocks of commands in the folder of an installation.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** @returns the block of commands of a page that contains a text */
async function blockOf(page, text) {
  const path = fileURLToPath(new URL(`../../docs/operations/${page}`, import.meta.url));
  const blocks = [...(await readFile(path, 'utf8')).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  const found = blocks.filter((block) => block.includes(text));
  if (found.length !== 1) throw new Error(`${page} has ${found.length} blocks of commands with "${text}"`);
  return found[0];
}

/**
 * @param {{ installation: Awaited<ReturnType<typeof import('./installation.mjs').prepareInstallation>>,
 *   stage: Awaited<ReturnType<typeof import('./stage.mjs').openStage>> }} options
 */
export function followDocuments({ installation, stage }) {
  const follow = async (page, text) => installation.bash(await blockOf(page, text));
  return {
    /** Creates a subscription whose callbacks come only while workers can open its secret. */
    async begin() {
      const secret = `whsec_${Buffer.alloc(32, 'a secret').toString('base64')}`;
      await stage.subscribe('/signed', { secret });
    },
    tokens: () => follow('rotation.md', 'exec subscription node dist/reseal.js'),
    passwords: () => follow('rotation.md', 'change_password'),
    async dumpAndRestore() {
      await follow('backup.md', 'docker compose exec -T postgres pg_dump');
      await follow('backup.md', 'docker compose stop subscription');
    },
  };
}
