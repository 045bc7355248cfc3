import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FunctionSettings, functionDefaults } from './function-settings.ts';

interface Function {
  readonly module: URL;
  readonly exportName: string;
  readonly settings: FunctionSettings;
  /** The user's own variables. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The function's environment variables: Lambda's, overridden by those of this process, overridden by the user's. */
export function functionVariables({ variables, ...of }: Function): Readonly<Record<string, string | undefined>> {
  // Leaves out the variables that name files of this machine: at Lambda, temporary files are in `/tmp`, and the SDK finds no
  // settings.
  const { TMPDIR, TEMP, TMP, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, ...inherited } = process.env;
  return { ...lambdaVariables(of), ...inherited, ...variables };
}

/**
 * The variables that Lambda sets, without credentials.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
function lambdaVariables({ module, exportName, settings }: Omit<Function, 'variables'>): Record<string, string> {
  const { functionArn, functionVersion, memorySizeMb } = { ...functionDefaults, ...settings };
  const [, , , region = 'us-east-1', , , functionName = 'simulated'] = functionArn.split(':');
  const file = fileURLToPath(module);
  const [name = 'index'] = file.slice(dirname(file).length + 1).split('.');
  return {
    _HANDLER: `${name}.${exportName}`,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySizeMb),
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: functionVersion,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'simulated',
    // No server listens here: a request to it leaves the simulation.
    AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
    AWS_REGION: region,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    LAMBDA_TASK_ROOT: dirname(file),
    TZ: ':UTC',
  };
}
