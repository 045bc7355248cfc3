/**
 * The type `D`, in a form from which `eachRecord()` can infer. TypeScript defers a call with a known function as its result until
 * it has typed the handler beside it; this conditional type hides the function. `P` is any type parameter of the call.
 */
export type InferredFirst<P, D> = [P] extends [never] ? undefined : D;
