"""Search by word: what was asked, what is found, and how it is ordered."""
