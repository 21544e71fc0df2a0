"""Create, check and measure the DynamoDB table that stores Vault's data. Only this package imports boto3."""
