/** Lambda's refusal to create a mapping. `name` is AWS's own name of the error. */
export class EventSourceMappingError extends Error {
  override readonly name: EventSourceMappingErrorName;
  /** 409 for `ResourceConflictException`, else 400. */
  readonly httpStatus: number;

  constructor(name: EventSourceMappingErrorName, message: string) {
    super(message);
    this.name = name;
    this.httpStatus = name === 'ResourceConflictException' ? 409 : 400;
  }
}

/** AWS's names of the errors. */
export type EventSourceMappingErrorName =
  | 'InvalidParameterValueException'
  | 'ValidationException'
  | 'ResourceConflictException';

export function invalid(message: string): EventSourceMappingError {
  return new EventSourceMappingError('InvalidParameterValueException', message);
}
