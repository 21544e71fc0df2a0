"""One DynamoDB table: read, compared with what is wanted, created, restored, scanned."""
