"""The command line. Each module holds the commands about one noun."""
