const { execFileSync, spawnSync } = require('node:child_process');
const { invoke, lambdaFlags, nodes } = require('./lambda');

const orders = [{ total: 1 }, {}, { total: 2 }];

beforeAll(() => {
  const options = ['--bundle', '--platform=node', '--format=cjs', '--outfile=bundled/entry.js'];
  execFileSync('node_modules/.bin/esbuild', ['functions/entry.mjs', ...options, '--log-level=error']);
});

describe.each(nodes)('under the runtime client of Lambda, on %s', (node) => {
  test.each([
    'functions/entry.handler',
    'functions/required.middy7',
    'functions/required.middy6',
    'bundled/entry.handler',
  ])('%s quarantines what can never be booked, and does the rest', async (handler) => {
    const { result, quarantined } = await invoke(node, handler, orders);
    expect(result).toEqual({ kind: 'response', payload: { batchItemFailures: [] } });
    expect(quarantined).toEqual(['{}']);
  });

  test('middlewares that were imported refuse a wrapper that was required, and charge no record', async () => {
    const { result, quarantined } = await invoke(node, 'functions/two-copies.handler', [{ total: 1 }]);
    expect(result).toMatchObject({ error: { errorMessage: expect.stringContaining('another copy of undam') } });
    expect(quarantined).toEqual([]);
  });

  test.each([
    ['@middy/core', 'ERR_PACKAGE_PATH_NOT_EXPORTED'],
    ['middy-6', 'ERR_REQUIRE_ESM'],
  ])('%s cannot be required', (name, code) => {
    const { stderr } = spawnSync(node, [...lambdaFlags, '--eval', `require('${name}')`], { encoding: 'utf8' });
    expect(stderr).toContain(code);
  });
});
