"""The ledger: what is known of every run, file and part. The broker is only a transport."""
