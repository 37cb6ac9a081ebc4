"""The AWS resources: small constructs, and three stacks that only compose them."""
