import { registerHooks } from 'node:module';
import type { BrokenEngine } from '../broken-engines/index.ts';

/**
 * Has one line of the engine replaced when it is loaded. To be called before the engine is imported.
 *
 * @throws where the line does not occur exactly once, at the import
 */
export function breakEngine({ name, file, line, becomes }: BrokenEngine): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.replace(/\?.*/, '').endsWith(`/packages/undam/src/${file}`)) return loaded;
      const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
      const occurs = source.split(line).length - 1;
      if (occurs !== 1) {
        throw new Error(
          `the engine that ${name}: expected its line once in ${file}, found it ${occurs} times; adapt broken-engines/: ${line}`,
        );
      }
      return { ...loaded, source: source.replace(line, () => becomes) };
    },
  });
}
