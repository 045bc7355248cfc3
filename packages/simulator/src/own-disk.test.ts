import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { actNames, mark } from './own-disk.fixture.ts';
import { type SimulateOptions, simulate } from './simulate.ts';

const module = new URL('./own-disk.fixture.ts', import.meta.url);

/** What the function says, one invocation for each record. */
async function said(exportName: string, data: readonly string[], options: Partial<SimulateOptions> = {}) {
  const simulation = await simulate({
    handler: module,
    exportName,
    records: data.map((datum, index) => ({ put: { partitionKey: `customer ${index}`, data: datum } })),
    ...options,
    mapping: { BatchSize: 1, MaximumRetryAttempts: 0, ...options.mapping },
  });
  return simulation.did.map(({ id }) => String(id));
}

describe('an environment', () => {
  test('has /tmp to itself, whichever way it is used', async () => {
    const answers = Object.fromEntries(
      (await said('says', actNames)).map((text) => JSON.parse(text) as [string, unknown]),
    );
    expect(answers).toEqual({
      synchronously: ['one two', [mark], true],
      'with callbacks': [3, 6, 'onetwo', true],
      'by promises': [4, 'one\ntwo\nthree', "ENOENT: no such file or directory, open '/tmp/none'", -1],
      'by streams': [200_000, 1],
      'in the folder for temporary files': ['/tmp', true, 1],
      'from elsewhere': [true, 'EXDEV'],
      'from the home of whoever simulates': 'ENOENT',
      'in virtual time': [0, -50, 0],
      'by built-ins that are taken from the process': ['one', [mark], 0, 50_000_000],
      'as a process': [true, true, 'ESRCH', 'ESRCH', 'ESRCH'],
    });
    expect(existsSync(`/tmp/${mark}`)).toBe(false);
  });

  test('sees nothing of another that runs beside it', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const found = await said('neighbours', names, { stream: { shards: 2 } });
    const lists = found.map((text) => text.slice(0, -1).split(';'));
    // The longest list of each environment, by the name that it begins with.
    const longest = new Map(lists.map((list) => [list[0], list]));
    expect(longest.size).toBe(2);
    expect([...longest.values()].flat().sort()).toEqual(names);
  });

  test('keeps its files when a process dies, and takes nothing from a dead one', async () => {
    const found = await said('heirs', ['exit', 'hang', 'live', 'live']);
    const dead = 'of a process that is dead';
    expect(found).toEqual(['nothing', dead, `${dead} unawaited`, 'of a process that lives']);
  });

  test('has the room again that a dead process took by an open file', async () => {
    expect(await said('fills', ['x', 'x', 'x'])).toEqual(['filled', 'filled', 'filled']);
  });

  test('sees the code of a project that lies in the real /tmp, and nothing else there', async () => {
    const project = mkdtempSync(`/tmp/${mark}-project-`);
    const neighbour = mkdtempSync(`/tmp/${mark}-neighbour-`);
    try {
      writeFileSync(`${project}/settings.json`, '{"says":"read"}');
      writeFileSync(`${project}/settings.cjs`, "module.exports = require('./settings.json');");
      const listed = "require('fs').readdirSync('/tmp').length + ' ' + require('fs').existsSync(process.env.NEIGHBOUR)";
      const answer = `require('fs').readFileSync(__dirname + '/settings.json', 'utf8') + ${listed}`;
      const handler = `exports.handler = async () => { throw new Error(require('./settings.cjs').says + ${answer}); };`;
      writeFileSync(`${project}/handler.cjs`, handler);
      const { invocations } = await simulate({
        handler: `${project}/handler.cjs`,
        variables: { NEIGHBOUR: neighbour },
        records: [{ put: { partitionKey: 'key', data: 'x' } }],
        mapping: { MaximumRetryAttempts: 0 },
      });
      expect(invocations[0]?.error?.message).toBe('read{"says":"read"}0 false');
    } finally {
      for (const folder of [project, neighbour]) rmSync(folder, { recursive: true });
    }
  });

  test('takes its files with it', async () => {
    const found = await said('heirs', ['live', 'live', 'live'], { function: { recycleAfterMs: 0 } });
    expect(found).toEqual(['nothing', 'nothing', 'nothing']);
  });

  test('has the variables of Lambda where the user gives no others, and no credentials', async () => {
    const functionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:orders:live';
    const [text] = await said('variables', ['x'], {
      function: { functionArn, memorySizeMb: 256 },
      variables: { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1', AWS_PROFILE: 'mine' },
    });
    const inherited = Object.keys(process.env);
    const found = Object.entries(JSON.parse(text!) as Record<string, string>).filter(
      ([name]) => !inherited.includes(name),
    );
    const expected = {
      _HANDLER: 'own-disk.variables',
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_NAME: 'orders',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/orders',
      AWS_LAMBDA_LOG_STREAM_NAME: 'simulated',
      AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1',
      AWS_PROFILE: 'mine',
      AWS_REGION: 'eu-west-1',
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      LAMBDA_TASK_ROOT: new URL('.', module).pathname.replace(/\/$/, ''),
      TZ: ':UTC',
    };
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(Object.entries(expected).filter(([name]) => !inherited.includes(name))),
    );
  });
});
