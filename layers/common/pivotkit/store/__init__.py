"""DynamoDB: one client, one way to write, one error."""
