"""CloudFormation types that moto does not know, or knows without what the sandbox needs.

Importing a module registers its types; that has to happen before the first template is parsed.
"""
