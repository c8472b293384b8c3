const isOwnImport = (path, basedir) =>
  path.startsWith('.') && path.endsWith('.js') && !basedir.includes('node_modules');

/** The sources import built files, `./step.js`. The tests run the sources, `./step.ts`. */
module.exports = (path, options) =>
  isOwnImport(path, options.basedir)
    ? options.defaultResolver(path, { ...options, extensionAlias: { '.js': ['.ts', '.js'] } })
    : options.defaultResolver(path, options);
