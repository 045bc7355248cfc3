/** A process of its own: counts how one invocation passes from file to file of the Lambda package. Prints it as JSON. */
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { parse } from '@babel/parser';

/** The file of each call, in order. */
let calls: string[] = [];
Object.assign(globalThis, { __called: (file: string) => void calls.push(file) });

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const [, file] = /\/packages\/undam\/src\/(.+\.ts)$/.exec(url) ?? [];
    if (file === undefined) return loaded;
    const source = marked(stripTypeScriptTypes(String(loaded.source)), file);
    return { format: 'module', source, shortCircuit: true };
  },
});

/** The source, in which each function says first that it was called. */
function marked(source: string, file: string): string {
  const call = `__called(${JSON.stringify(file)})`;
  const inserts: [number, string][] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, body } = node as { readonly type?: string; readonly body?: Body };
    if (body && type !== undefined && /Function|Method$/.test(type)) {
      if (body.type === 'BlockStatement') inserts.push([body.start + 1, `${call};`]);
      else inserts.push([body.start, `(${call},`], [body.end, ')']);
    }
    // Of an array these are its places.
    for (const child of Object.values(node)) visit(child);
  };
  visit(parse(source, { sourceType: 'module' }).program);
  return inserts
    .sort(([a], [b]) => b - a)
    .reduce((text, [at, insert]) => text.slice(0, at) + insert + text.slice(at), source);
}

interface Body {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const { default: middy } = await import('@middy/core');
const { eachRecord, memoryLedger, partialBatch, quarantine, timeBudget } = await import('undam');
const { kinesisEventJson } = await import('../bench/kinesis-event.ts');
const { lambdaContext } = await import('../bench/lambda-context.ts');

/**
 * The fewest of several invocations: a timer that is late adds calls.
 *
 * @param fails whether the record is poison, and quarantined at its first failure
 */
async function hopsOf(fails: boolean): Promise<{ files: number; hops: number }> {
  const handler = middy()
    .use(partialBatch({ ledger: memoryLedger(), observe: () => {} }))
    .use(quarantine({ sink: { send: async (all) => all.map(() => ({ accepted: true })) }, attempts: 1 }))
    .use(timeBudget())
    .handler(
      eachRecord(async () => {
        if (fails) throw new Error('planned');
      }),
    );
  const invocations: { files: number; hops: number }[] = [];
  for (let number = 0; number < 9; number++) {
    calls = [];
    await handler(JSON.parse(kinesisEventJson(1, 1)) as never, lambdaContext());
    const hops = calls.filter((file, index) => index > 0 && calls[index - 1] !== file).length;
    invocations.push({ files: new Set(calls).size, hops });
  }
  return invocations.sort((a, b) => a.hops - b.hops)[0]!;
}

console.log(JSON.stringify({ healthy: await hopsOf(false), poison: await hopsOf(true) }));
