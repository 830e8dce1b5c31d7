"""The pages of records: `/{artist|label|master|release}/ID[/name]`."""
