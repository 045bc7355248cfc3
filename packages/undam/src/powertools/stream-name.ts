/** The stream's name in an ARN, or the table's in that of a DynamoDB stream; `unknown` without one. */
export function streamName(eventSourceArn: string | undefined): string {
  return eventSourceArn?.split(':')[5]?.split('/')[1] || 'unknown';
}
