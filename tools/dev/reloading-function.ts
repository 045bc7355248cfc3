import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inProcess, type StreamHandler, startRuntimeApi } from '@undam/simulator';
import { type Invoker, importHandler } from '@undam/simulator/parts';
import type { DevOptions } from './options.ts';

/** A function that reloads its code after a change beside its handler. */
export interface ReloadingFunction extends Invoker {
  stop(): Promise<void>;
}

interface Loaded extends Invoker {
  stop(): Promise<void>;
}

/** @throws the error of the handler's module at its first load */
export async function reloadingFunction(
  options: Pick<DevOptions, 'handlerFile' | 'exportName' | 'runtimeClient' | 'timeoutMs'>,
  say: (line: string) => void,
): Promise<ReloadingFunction> {
  const file = resolve(options.handlerFile);
  let generation = 0;
  const load = (): Promise<Loaded> => {
    generation += 1;
    return options.runtimeClient === undefined ? inThisProcess() : underRuntimeClient(options.runtimeClient);
  };
  const inThisProcess = async (): Promise<Loaded> => {
    const handler = await importHandler(pathToFileURL(file), options.exportName, `dev-${generation}`);
    return { ...inProcess(handler as StreamHandler, { timeoutMs: options.timeoutMs }), stop: async () => undefined };
  };
  const underRuntimeClient = async (runtimeClient: string): Promise<Loaded> => {
    const handler = `${basename(file).replace(/\.[cm]?js$/, '')}.${options.exportName}`;
    const { timeoutMs } = options;
    const api = await startRuntimeApi({
      runtimeClient: resolve(runtimeClient),
      taskRoot: dirname(file),
      handler,
      timeoutMs,
    });
    return {
      invoke: async (event, requestId) => {
        const result = await api.invoke(event, requestId);
        return result.kind === 'response' ? result : { kind: 'function-error' };
      },
      stop: () => api.stop(),
    };
  };

  let current = await load();
  let isStale = false;
  const watcher = watch(dirname(file), { recursive: true }, (_, name) => {
    if (name && /\.[cm]?[jt]s$/.test(name) && !name.includes('node_modules')) isStale = true;
  });
  return {
    invoke: async (event, requestId) => {
      if (isStale) {
        isStale = false;
        await current.stop();
        try {
          current = await load();
          say('loaded again');
        } catch (error) {
          say(`not loaded: ${(error as Error).message}`);
          current = { invoke: async () => ({ kind: 'function-error' }), stop: async () => undefined };
        }
      }
      return current.invoke(event, requestId);
    },
    stop: async () => {
      watcher.close();
      await current.stop();
    },
  };
}
