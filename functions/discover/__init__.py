"""What can be asked of the stores: a folder a topic, with its types, its read function and its query file."""
