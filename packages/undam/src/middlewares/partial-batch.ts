import { aFunction, checkOptions, objectWith, oneOrMore } from '../base/options.ts';
import { restoreGlobal } from '../engine/invocation/global-scope.ts';
import { demandWrapper } from '../engine/invocation/unwrapped.ts';
import { Redeliveries } from '../engine/recall/passed-unresolved.ts';
import { Environment } from '../engine/run/environment.ts';
import { fileLedger } from '../ledgers/file/file-ledger.ts';
import type { Ledger } from '../ledgers/ledger.ts';
import { memoryLedger } from '../ledgers/memory.ts';
import { type LogErrors, logErrorsRule } from '../observe/error-text.ts';
import type { Observe } from '../observe/events.ts';
import { observerOf } from '../observe/log-to-console.ts';
import type { KinesisStreamEvent } from '../streams/kinesis-types.ts';
import { type Hooks, type StreamMiddleware, systemHooks } from './hooks.ts';

export interface PartialBatchOptions {
  /**
   * Remembers attempts and finished records between deliveries. @default fileLedger() under Lambda's runtime
   * (`AWS_LAMBDA_RUNTIME_API`), memoryLedger() elsewhere
   */
  readonly ledger?: Ledger;
  /**
   * Receives every event. Several observers are called in turn, and a throw of one keeps no event from the next.
   *
   * @default logToConsole({ logErrors })
   */
  readonly observe?: Observe | readonly Observe[];
  /**
   * Adds an error's text, which may quote a payload, to the default log lines, beside its name, code and place. @default no text
   */
  readonly logErrors?: LogErrors;
}

/**
 * Reports failures record by record, and owns memory and events. Every handler under Undam needs it. The three middlewares may
 * come in any order, once each, and before every middleware that decodes records.
 *
 * @throws UndamError `bad-option` at construction; in an invocation `bad-event`, `bad-record`, `window-unsupported`, or
 *   `event-changed` for records that another middleware has decoded
 */
export function partialBatch<E = KinesisStreamEvent>(options: PartialBatchOptions = {}): StreamMiddleware<E> {
  return partialBatchOn(systemHooks, options);
}

export function partialBatchOn<E>(hooks: Hooks, options: PartialBatchOptions = {}): StreamMiddleware<E> {
  checkOptions('partialBatch()', options, {
    ledger: objectWith('recall', 'remember'),
    observe: oneOrMore(aFunction),
    logErrors: logErrorsRule,
  });
  const { ledger = defaultLedger() } = options;
  const observe = observerOf('partialBatch()', options);
  const settings = { ledger, observe, environment: new Environment(), redeliveries: new Redeliveries() };
  return hooks.of('partialBatch', settings, (invocation) => {
    demandWrapper(settings);
    restoreGlobal('AbortController', invocation.emit);
    return invocation.recall();
  });
}

/** Lambda's runtime has a disk that survives a crash of the process. */
function defaultLedger(): Ledger {
  return process.env.AWS_LAMBDA_RUNTIME_API === undefined ? memoryLedger() : fileLedger();
}
