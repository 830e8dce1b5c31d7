"""What an installation of containers is made of: the image, compose.yml and its secrets."""
