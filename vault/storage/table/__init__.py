"""Read, compare, create, restore and scan one DynamoDB table."""
