/** The name in a stream's ARN, or the table's in that of a DynamoDB stream; `unknown` where there is none. */
export function streamName(eventSourceArn: string | undefined): string {
  return eventSourceArn?.split(':')[5]?.split('/')[1] || 'unknown';
}
