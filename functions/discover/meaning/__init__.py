"""Search by meaning: the records whose texts are nearest to what was asked, and both orders put together."""
