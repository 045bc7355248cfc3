const { createHash } = require('node:crypto');
const { stripTypeScriptTypes } = require('node:module');

/** Jest transformer: Node's type stripper, which keeps every line and column in place. */
module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: (source, path) => createHash('sha256').update([source, path, process.version].join('\0')).digest('hex'),
};
