export { type CloudWatchLogEvent, type CloudWatchLogsMessage, cloudWatchLogs } from './cloudwatch-logs.ts';
export { type DynamoDBChange, dynamodbChange } from './dynamodb-change-in-kinesis.ts';
export type { ImageOptions, ItemImages } from './dynamodb-image-reader.ts';
export { images, newImage, oldImage } from './dynamodb-images.ts';
export { type GzipJsonOptions, gzipJson, json } from './json.ts';
export { schema } from './schema.ts';
export type { SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from './standard-schema.ts';
export type { AttributeItem, AttributeNumbers, AttributePlain } from './unmarshall.ts';
