"""What there is to know of an artist beyond its record: how much of what when, with whom, on which labels."""
