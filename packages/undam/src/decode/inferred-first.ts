/**
 * The type `D`, in a form that lets `eachRecord()` infer from it: TypeScript puts off a call that is known to answer a
 * function until after the handler beside it has been typed, and here it does not know yet. `P` is any type parameter of the
 * call.
 */
export type InferredFirst<P, D> = [P] extends [never] ? undefined : D;
