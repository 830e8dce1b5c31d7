"""What releases name whom, read by who is named: page by page in the order of years, and counted by year."""
