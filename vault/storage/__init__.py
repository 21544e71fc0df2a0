"""The DynamoDB table in which Vault keeps its data: made, checked, measured; the only import of boto3."""
