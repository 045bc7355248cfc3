export type { AttributeItem, AttributeNumbers, AttributePlain } from './attribute-values.ts';
export { type DynamoDBChange, dynamodbChange } from './decode-change.ts';
export { images, newImage, oldImage } from './decode-images.ts';
export { type GzipJsonOptions, gzipJson, json } from './decode-json.ts';
export { type CloudWatchLogEvent, type CloudWatchLogsMessage, cloudWatchLogs } from './decode-logs.ts';
export { schema } from './decode-schema.ts';
export type { ImageOptions, ItemImages } from './item-images.ts';
export type { SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from './standard-schema.ts';
