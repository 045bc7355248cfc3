import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EnvironmentResult, type RuntimeApi, startRuntimeApi } from '@undam/simulator';
import type { StreamEvent } from '@undam/simulator/parts';
import type { Cell } from './cell.ts';
import { deathOf } from './deaths.ts';
import type { FunctionVariables } from './function-variables.ts';
import { partsOf } from './runtime.ts';

/** No invocation comes near it, unless the death is a time-out. */
const timeoutMs = 20_000;

export interface MortalFunctionOptions {
  readonly cell: Cell;
  /** The folder of the bundle. */
  readonly taskRoot: string;
  /** The folder for the disks of its environments. */
  readonly folder: string;
  readonly functionArn: string;
  readonly variables: FunctionVariables;
}

/** A function whose environments die; their disk survives, or nothing does. */
export class MortalFunction {
  readonly #options: MortalFunctionOptions;
  #disks = 0;
  #api: RuntimeApi | undefined;

  constructor(options: MortalFunctionOptions) {
    this.#options = options;
  }

  async invoke(event: StreamEvent): Promise<EnvironmentResult> {
    this.#api ??= await this.#start();
    return this.#api.invoke(event);
  }

  /** Removes the environment with its disk; the next invocation gets another. */
  async replace(): Promise<void> {
    await this.#api?.stop();
    this.#api = undefined;
    await rm(this.#disk, { recursive: true, force: true });
    this.#disks++;
  }

  /** The end of the environment's output. */
  get output(): string {
    return this.#api?.output() ?? '';
  }

  get #disk(): string {
    return join(this.#options.folder, `disk-${this.#disks}`);
  }

  async #start(): Promise<RuntimeApi> {
    const { cell, taskRoot, functionArn, variables } = this.#options;
    const death = deathOf(cell.death);
    await mkdir(this.#disk);
    return startRuntimeApi({
      ...partsOf(cell.runtime),
      taskRoot,
      handler: 'crash-function.handler',
      functionArn,
      nodeFlags: death.nodeFlags ?? [],
      timeoutMs: death.timeoutMs ?? timeoutMs,
      variables: { ...variables, TMPDIR: this.#disk, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    });
  }
}
