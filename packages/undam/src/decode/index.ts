export { type CloudWatchLogEvent, type CloudWatchLogsMessage, cloudWatchLogs } from './cloudwatch-logs.ts';
export { type DynamoDBChange, dynamodbChange } from './dynamodb-change.ts';
export { images, newImage, oldImage } from './image-decoders.ts';
export type { ImageOptions, ItemImages } from './image-reader.ts';
export { type GzipJsonOptions, gzipJson, json } from './json.ts';
export { schema } from './schema.ts';
export type { SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from './standard-schema.ts';
export type { AttributeItem, AttributeNumbers, AttributePlain } from './unmarshall.ts';
