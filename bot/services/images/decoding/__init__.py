"""What the image workers run: everything that decodes the bytes of images. The bot's own process imports none of it."""
