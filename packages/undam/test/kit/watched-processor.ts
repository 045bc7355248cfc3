import type { BatchProcessor } from '@aws-lambda-powertools/batch';

export interface Watched {
  /** The calls of its hooks, in order: `prepare`, `success <result>`, `failure <error>` and so on. */
  readonly hooks: string[];
}

/** A subclass of either processor that writes down the calls of its hooks. */
export function watched<Arguments extends readonly unknown[], Processor extends BatchProcessor>(
  Base: new (...args: Arguments) => Processor,
): new (
  ...args: Arguments
) => Processor & Watched {
  class WatchedProcessor extends (Base as unknown as typeof BatchProcessor) implements Watched {
    readonly hooks: string[] = [];
    override prepare(): void {
      this.hooks.push('prepare');
      super.prepare();
    }
    override clean(): void {
      this.hooks.push('clean');
      super.clean();
    }
    override entireBatchFailed(): boolean {
      this.hooks.push('entireBatchFailed');
      return super.entireBatchFailed();
    }
    override hasMessagesToReport(): boolean {
      this.hooks.push('hasMessagesToReport');
      return super.hasMessagesToReport();
    }
    override getMessagesToReport() {
      this.hooks.push('getMessagesToReport');
      return super.getMessagesToReport();
    }
    override successHandler(...args: Parameters<BatchProcessor['successHandler']>) {
      this.hooks.push(`success ${args[1]}`);
      return super.successHandler(...args);
    }
    override failureHandler(...args: Parameters<BatchProcessor['failureHandler']>) {
      this.hooks.push(`failure ${args[1]}`);
      return super.failureHandler(...args);
    }
  }
  return WatchedProcessor as unknown as new (
    ...args: Arguments
  ) => Processor & Watched;
}
