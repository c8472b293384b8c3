/** Scripts outside the repository import it from this path. */
export { startEmbeddedPostgres } from './servers/private-postgres.js';
