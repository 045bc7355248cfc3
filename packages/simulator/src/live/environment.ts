import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The settings of an environment. */
export interface EnvironmentOptions {
  /** The entry of an official runtime client: `index.mjs` of aws-lambda-ric 4, `bin/index.mjs` of aws-lambda-ric 3. */
  readonly runtimeClient: string;
  /** The folder of the handler's file, and the environment's working directory. */
  readonly taskRoot: string;
  /** `file.export`, as at Lambda. The runtime clients look for `.js`, `.mjs` and `.cjs`, not for `.ts`. */
  readonly handler: string;
  /** The Node binary. @default process.execPath */
  readonly node?: string;
  /** Flags for Node. @default [] */
  readonly nodeFlags?: readonly string[];
  /** Environment variables. Of this process's own, the environment inherits only `PATH`. @default {} */
  readonly variables?: Readonly<Record<string, string>>;
  /** The runtime's identifier, as in `AWS_EXECUTION_ENV`. @default nodejs22.x */
  readonly runtime?: string;
  /** The memory in MB that the function is told; nothing enforces it. @default 128 */
  readonly memorySizeMb?: number;
}

/** One execution environment: a child process under the runtime client. */
export interface Environment {
  kill(): void;
  /** Settles once the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set if the process could not be started. */
  readonly spawnError?: Error;
}

const nativeClient = fileURLToPath(new URL('./native-client.cjs', import.meta.url));

/** Starts an environment that polls the Runtime API at `address` for invocations. */
export function startEnvironment(
  options: EnvironmentOptions,
  address: string,
  onOutput: (text: string) => void,
): Environment {
  const { node = process.execPath, nodeFlags = [], runtimeClient, handler } = options;
  // Without this check, spawn() would report a missing folder as ENOENT of the Node binary.
  if (!existsSync(options.taskRoot))
    throw new Error(`taskRoot: expected an existing folder, got ${basename(options.taskRoot)}`);
  const child = spawn(node, [...nodeFlags, '--require', nativeClient, runtimeClient, handler], {
    cwd: options.taskRoot,
    env: environmentVariables(options, address),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8').on('data', onOutput);
  child.stderr.setEncoding('utf8').on('data', onOutput);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = exitOf(child).finally(() => process.off('exit', kill));
  return { kill, exited };
}

function environmentVariables(options: EnvironmentOptions, address: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    AWS_LAMBDA_RUNTIME_API: address,
    AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true',
    _HANDLER: options.handler,
    LAMBDA_TASK_ROOT: options.taskRoot,
    AWS_EXECUTION_ENV: `AWS_Lambda_${options.runtime ?? 'nodejs22.x'}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_FUNCTION_NAME: 'local',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memorySizeMb ?? 128),
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/local',
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_REGION: 'us-east-1',
    TZ: ':UTC',
    ...options.variables,
  };
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (spawnError) => resolve({ code: null, signal: null, spawnError }));
    // Not `close`: a grandchild may keep the output open.
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
