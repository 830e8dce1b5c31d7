"""How many releases and masters there are of each genre, style, label, country, format and year, ready to be read."""
